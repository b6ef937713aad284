"""The checks of callbacks: each finds the wrong one made for it, and odd but right ones pass."""

import itertools

import numpy as np
import pytest

from kerax.callbacks import Callback
from kerax.plugins import ComponentSpec
from kerax.testing import Case, check_component, list_checks


class Plain(Callback):
    """It does nothing."""


class LosesTheModel(Callback):
    """It takes a model and does not keep it."""

    def set_model(self, model):
        pass


class NeedsValidation(Callback):
    """It reads a value that only a validation gives."""

    def on_epoch_end(self, epoch, logs=None):
        self.last = logs["val_loss"]


class CountsSteps(Callback):
    """It counts with the number of steps, which may be unknown."""

    def on_train_begin(self, logs=None):
        self.total = self.params["steps"] * self.params["epochs"]


class NeedsAFit(Callback):
    """It takes every evaluation for a part of a fit."""

    def on_train_begin(self, logs=None):
        self.evaluations = 0

    def on_test_begin(self, logs=None):
        self.evaluations += 1


class CutsShort(Callback):
    """It ends the training and hides that it did."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        self.model.stop_training = False


class TakesAway(Callback):
    """It takes a value out of the logs."""

    def on_epoch_end(self, epoch, logs=None):
        logs.pop("mae", None)


class ChangesLoss(Callback):
    """It changes a value in the logs."""

    def on_epoch_end(self, epoch, logs=None):
        logs["loss"] = 0.0


class NeverForgets(Callback):
    """It stops after five epochs of all fits together."""

    def __init__(self):
        super().__init__()
        self.seen = 0

    def on_epoch_end(self, epoch, logs=None):
        self.seen += 1
        if self.seen == 5:
            self.model.stop_training = True


class ForgetsInCopies(Callback):
    """Its copies have lost its rate."""

    def __init__(self, rate=0.5):
        super().__init__()
        self.rate = rate

    def __getstate__(self):
        return {**self.__dict__, "rate": 0.0}

    def on_epoch_begin(self, epoch, logs=None):
        self.model.optimizer.learning_rate = self.rate / 10


class GoesOn(Callback):
    """It lets nobody stop."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = False

    def on_epoch_begin(self, epoch, logs=None):
        self.model.stop_training = False


class NeverCalled(Callback):
    """It wants to be called every 0 batches."""

    every = 0


class SharesState(Callback):
    """All instances lower one rate."""

    fits = itertools.count()

    def on_train_begin(self, logs=None):
        self.model.optimizer.learning_rate = 0.1 / (1 + next(self.fits))


class Patient(Callback):
    """It has state, which it resets, and stops the training."""

    def __init__(self, patience=1):
        super().__init__()
        self.patience = patience
        self.waited = 0

    def on_train_begin(self, logs=None):
        self.waited = 0

    def on_epoch_end(self, epoch, logs=None):
        self.waited += 1
        logs["waited"] = self.waited
        if self.waited > self.patience:
            self.model.stop_training = True


class Batches(Callback):
    """It looks at every second batch, and keeps the losses."""

    every = 2

    def __init__(self):
        super().__init__()
        self.losses = []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(float(logs["loss"]))


class Duck:
    """It has no base."""

    model = params = None

    def set_model(self, model):
        self.model = model

    def set_params(self, params):
        self.params = params

    def on_epoch_end(self, epoch, logs=None):
        assert np.isfinite(logs["loss"])


def impatient():
    return [Case("one", {"patience": 0}), Case("many", {"patience": 9})]


def spec(target, cases=None):
    return ComponentSpec(
        "callback",
        "part",
        f"{__name__}:{target.__name__}",
        summary="Watches",
        cases=cases and f"{__name__}:{cases.__name__}",
    )


WRONG = [
    (LosesTheModel, {"runs_in_fit"}),
    (NeedsValidation, {"runs_without_validation", "unknown_steps"}),
    (CountsSteps, {"unknown_steps"}),
    (NeedsAFit, {"runs_in_evaluate_and_predict"}),
    (CutsShort, {"hook_order"}),
    (TakesAway, {"logs_kept"}),
    (ChangesLoss, {"logs_kept"}),
    (NeverForgets, {"second_fit_as_first"}),
    (ForgetsInCopies, {"copy_as_original"}),
    (GoesOn, {"stop_honoured"}),
    (NeverCalled, {"every"}),
    (SharesState, {"two_models", "second_fit_as_first", "copy_as_original"}),
]


@pytest.mark.parametrize(("target", "wrong"), WRONG)
def test_each_wrong_callback_fails_the_check_meant_for_it(target, wrong, failures):
    assert failures(spec(target), "callback") == {f"callback.{name}" for name in wrong}


@pytest.mark.parametrize(
    "part",
    [spec(Plain), spec(Patient), spec(Patient, impatient), spec(Batches), spec(Duck)],
    ids=lambda part: f"{part.target}-{part.cases}",
)
def test_odd_callbacks_that_are_right_pass(part, failures):
    assert not failures(part, "callback")


def test_every_check_of_callbacks_has_a_wrong_callback():
    ids = {c.id for c in list_checks("callback") if c.id.startswith("callback.")}
    assert {f"callback.{name}" for _, wrong in WRONG for name in wrong} == ids


def test_messages_say_what_to_do():
    report = check_component(spec(NeverForgets), checks=["callback.second_fit_as_first"])
    assert "the second fit ran 2 epochs, the first 3; reset state in on_train_begin" in str(report)
    report = check_component(spec(LosesTheModel), checks=["callback.runs_in_fit"])
    assert "callback.model is None; call super().set_model(model)" in str(report)
