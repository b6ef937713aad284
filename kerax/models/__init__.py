"""Models: `Model`, `Sequential`, and their copying and loading."""

from kerax.models.cloning import clone_model
from kerax.models.model import Functional, Model
from kerax.models.sequential import Sequential
from kerax.saving.archive import load_model, model_from_config, model_from_json, save_model

__all__ = [
    "Functional",
    "Model",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_config",
    "model_from_json",
    "save_model",
]
