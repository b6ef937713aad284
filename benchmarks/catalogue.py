"""What is measured, and against whom."""

from typing import NamedTuple


class Workload(NamedTuple):
    """One row group of the tables.

    `target` names the function that takes the contender's name and returns a `Sample`; a string,
    so that a process imports nothing but what it measures. The last contender is the reference.
    """

    summary: str
    target: str
    contenders: tuple[str, ...]


PEERS = ("kerax", "keras")

WORKLOADS = {
    "import": Workload("import the package", "imports:measure", ("jax", *PEERS)),
    "import_used": Workload(
        "import the package and reach Sequential, Dense, a loss and an optimizer",
        "imports:measure_used",
        ("jax", *PEERS),
    ),
    "build_mlp": Workload("build an MLP 784-128-128-10", "building:build_mlp", PEERS),
    "build_resnet50": Workload(
        "build a functional ResNet50, input 32x32", "building:build_resnet50", PEERS
    ),
    "first_step_mlp": Workload(
        "process start to the first training step, MLP, batch 128",
        "building:first_step_mlp",
        PEERS,
    ),
    "first_step_resnet50": Workload(
        "process start to the first training step, ResNet50, batch 8",
        "building:first_step_resnet50",
        PEERS,
    ),
    "fit_mlp": Workload(
        "an epoch of fit, MLP, 60,000 rows, batch 128, Adam, accuracy",
        "steady:fit_mlp",
        ("scan", *PEERS),
    ),
    "fit_near_empty": Workload(
        "an epoch of fit, one Dense(1), 2,000 batches of 32, SGD",
        "steady:fit_near_empty",
        ("scan", *PEERS),
    ),
    "predict_mlp": Workload(
        "predict, MLP, 12,800 rows, batch 128", "steady:predict_mlp", ("scan", *PEERS)
    ),
    "save_mlp": Workload("save the trained MLP as .keras", "steady:save_mlp", PEERS),
    "auc_million": Workload(
        "AUC().update_state, 1,000,000 predictions", "components:measure_auc", PEERS
    ),
    "metric_updates": Workload(
        "100 eager updates of five metrics, batch 32", "components:measure_metrics", PEERS
    ),
    "optimizer_steps": Workload(
        "50 eager steps of six optimizers, six variables", "components:measure_optimizers", PEERS
    ),
    "losses_in_jit": Workload(
        "1,000 calls of five losses in one compiled function", "components:measure_losses", PEERS
    ),
    "plugin_import": Workload(
        "import kerax beside 300 distributions, 20 of them plugins, or none",
        "plugin_lookup:measure_import",
        ("300", "none"),
    ),
    "plugin_first": Workload(
        "the first lookup of a third party's loss, beside 300 distributions or alone",
        "plugin_lookup:measure_first",
        ("300", "1"),
    ),
    "plugin_again": Workload(
        "100,000 lookups of a resolved component, and of a key in a dict",
        "plugin_lookup:measure_again",
        ("lookup", "dict"),
    ),
    "plugin_training": Workload(
        "process start to the first step with standard parts, beside 20 plugins or none",
        "plugin_lookup:measure_training",
        ("20", "none"),
    ),
}
