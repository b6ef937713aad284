"""Cases for the standard callbacks."""

from kerax.testing.case import Case

__all__ = ["CASES"]

_PRINTS = {"process.silent": "printing is what it is for"}

CASES: dict[str, list[Case]] = {
    "CSVLogger": [
        Case("default", {"filename": "{tmp}/log.csv"}),
        Case("append", {"filename": "{tmp}/appended.csv", "append": True, "separator": ";"}),
    ],
    "EarlyStopping": [
        Case("default"),
        Case("training", {"monitor": "loss", "min_delta": 1e6, "patience": 1}),
        Case("restore", {"min_delta": 1e6, "restore_best_weights": True}),
    ],
    "LearningRateScheduler": [
        Case(
            "schedule",
            {
                "schedule": {
                    "class_name": "ExponentialDecay",
                    "module": "keras.optimizers.schedules",
                    "config": {
                        "initial_learning_rate": 0.1,
                        "decay_steps": 1,
                        "decay_rate": 0.5,
                    },
                }
            },
        )
    ],
    "ModelCheckpoint": [
        Case("epochs", {"filepath": "{tmp}/epoch-{epoch}.keras"}),
        Case("batches", {"filepath": "{tmp}/{batch}.keras", "save_freq": 2}),
        Case(
            "best_weights",
            {
                "filepath": "{tmp}/best.weights.h5",
                "save_best_only": True,
                "save_weights_only": True,
                "monitor": "loss",
            },
        ),
    ],
    "ReduceLROnPlateau": [
        Case("default"),
        Case("at_once", {"monitor": "loss", "min_delta": 1e6, "patience": 1, "factor": 0.5}),
    ],
    "TerminateOnNaN": [Case("default"), Case("seldom", {"every": 2, "raise_error": True})],
}
