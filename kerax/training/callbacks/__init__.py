"""Callbacks: what runs between the steps and epochs of fit, evaluate and predict."""

from kerax.training.callbacks.base import Callback
from kerax.training.callbacks.callback_list import CallbackList
from kerax.training.callbacks.csv_logger import CSVLogger
from kerax.training.callbacks.early_stopping import EarlyStopping
from kerax.training.callbacks.history import History
from kerax.training.callbacks.lambda_callback import LambdaCallback
from kerax.training.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from kerax.training.callbacks.model_checkpoint import ModelCheckpoint
from kerax.training.callbacks.progbar_logger import ProgbarLogger
from kerax.training.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]
