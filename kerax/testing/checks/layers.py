"""Checks for layers: what a call gives; and how a layer is called as a pure function."""

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerax import models
from kerax.layers import Input
from kerax.saving import load_model
from kerax.symbolic import KerasTensor
from kerax.testing.arguments import seeded
from kerax.testing.case import Case
from kerax.testing.check import Skip, check
from kerax.testing.comparing import assert_equal_results
from kerax.testing.expectations import oracle_result
from kerax.testing.subject import PureCall, Subject, register_pure_call
from kerax.variable import functionalize

__all__ = ["Run", "run_of"]


@dataclasses.dataclass(frozen=True)
class Run:
    """A layer built on a case's inputs, and compiled calls of it that change nothing.

    Args:
        layer: the layer; checks leave it as it is.
        inputs: the arguments of a call, nested as in the case.
        values: the arrays of its variables, by path.
        infer: `infer(values, *inputs) -> (outputs, new values, losses)` with `training=False`.
        train: the same with `training=True`.
    """

    layer: Any
    inputs: tuple[Any, ...]
    values: dict[str, Any]
    infer: Any
    train: Any

    @property
    def outputs(self) -> Any:
        """The outputs of inference."""
        return self.infer(self.values, *self.inputs)[0]


def run_of(subject: Subject, case: Case) -> Run:
    """Return the built layer of a case, shared by its checks."""
    return subject.once(case, "layer_run", lambda: _run(subject, case))


def _run(subject: Subject, case: Case) -> Run:
    inputs = jax.tree.map(jnp.asarray, subject.inputs(case))
    with seeded():
        layer = subject.make(case)
        if not layer.built:
            layer(*map_symbols(inputs))

    def call(training: bool) -> Any:
        pure = functionalize(lambda *args: layer(*args, training=training), layer.variables)
        return jax.jit(lambda values, *args: pure(values, *args))

    return Run(layer, inputs, layer.values_by_path(), call(False), call(True))


def map_symbols(inputs: Any, batch: int | None = None) -> Any:
    """Return KerasTensors in place of arrays, with a batch of another size or an unknown one."""
    return jax.tree.map(lambda x: KerasTensor((batch, *x.shape[1:]), str(x.dtype)), inputs)


def _inputs(subject: Subject) -> tuple[Any, ...]:
    return (np.random.default_rng(0).normal(size=(4, 6)).astype("float32"),)


def _pure_call(subject: Subject, case: Case) -> PureCall:
    run = run_of(subject, case)
    weights, inputs = list(run.values.values()), jax.tree.leaves(run.inputs)
    structure = jax.tree.structure(run.inputs)
    pure = functionalize(lambda *args: run.layer(*args, training=False), run.layer.variables)

    def call(*arrays: Any) -> Any:
        # The policy decides on the types of variables, whatever they are given in.
        given = zip(run.values.items(), arrays[: len(weights)], strict=True)
        values = {path: jnp.asarray(array, own.dtype) for (path, own), array in given}
        return pure(values, *jax.tree.unflatten(structure, arrays[len(weights) :]))[0]

    batched = (*(False for _ in weights), *(True for _ in inputs))
    return PureCall(call, (*weights, *inputs), batched)


register_pure_call("layer", _pure_call, _inputs)


def model_of(subject: Subject, case: Case, layer: Any) -> Any:
    """Return a functional model of one layer, with flat lists of inputs and outputs."""
    inputs = jax.tree.map(
        lambda x: Input(x.shape[1:], dtype=str(x.dtype)), run_of(subject, case).inputs
    )
    if not jax.tree.leaves(inputs):
        raise Skip("the layer takes no inputs")
    return models.Model(jax.tree.leaves(inputs), jax.tree.leaves(layer(*inputs)))


def copied(subject: Subject, case: Case) -> Any:
    """Return another layer of the case, built, with the weights of the shared one."""
    run = run_of(subject, case)
    with seeded():
        layer = subject.make(case)
        layer(*map_symbols(run.inputs))
    _copy_values(run.layer, layer)
    return layer


def _copy_values(source: Any, layer: Any) -> None:
    variables = list(layer.variables)
    wanted = list(source.variables)
    got, shapes = ([tuple(v.shape) for v in held] for held in (variables, wanted))
    assert got == shapes, f"got variables of the shapes {got}; wanted {shapes}"
    for variable, original in zip(variables, wanted, strict=True):
        variable.assign(np.asarray(original.value))  # a copy, for training gives arrays away


@check("layer.oracle", "layer")
def oracle(subject: Subject, case: Case) -> None:
    """The outputs are those of the case's oracle, which is given the weights by name."""
    run = run_of(subject, case) if case.oracle is not None else None
    weights = {
        path.partition("/")[2] or path: np.asarray(value, "float64")
        for path, value in (run.values if run else {}).items()
    }
    wanted = oracle_result(subject, case, weights=weights)
    assert run is not None
    assert_equal_results(run.outputs, wanted, "outputs", case.rtol, case.atol, dtypes=False)


@check("layer.inferred_spec", "layer")
def inferred_spec(subject: Subject, case: Case) -> None:
    """Shapes and data types inferred for an unknown batch are those of the outputs."""
    run = run_of(subject, case)
    specs = run.layer.compute_output_spec(*map_symbols(run.inputs))
    _assert_specs(specs, run, lambda spec: (tuple(spec.shape), str(spec.dtype)), dtype=True)


@check("layer.output_shape", "layer")
def output_shape(subject: Subject, case: Case) -> None:
    """`compute_output_shape` of a layer that is not built gives the shapes of the outputs."""
    run = run_of(subject, case)
    if not jax.tree.leaves(run.inputs):
        raise Skip("the layer takes no inputs")
    shapes = jax.tree.map(lambda x: (None, *x.shape[1:]), run.inputs)
    with seeded():
        layer = subject.make(case)
    got = layer.compute_output_shape(*shapes)
    leaf = lambda x: isinstance(x, tuple) and all(s is None or isinstance(s, int) for s in x)  # noqa: E731 - read once, here
    got = jax.tree.map(lambda shape: KerasTensor(shape), got, is_leaf=leaf)
    _assert_specs(got, run, lambda spec: (tuple(spec.shape), ""), dtype=False)


def _assert_specs(specs: Any, run: Run, read: Any, dtype: bool) -> None:
    outputs = run.outputs
    got, wanted = jax.tree.leaves(specs), jax.tree.leaves(outputs)
    assert len(got) == len(wanted), f"inferred {len(got)} outputs; a call gives {len(wanted)}"
    for index, (spec, value) in enumerate(zip(got, wanted, strict=True)):
        shape = (None, *value.shape[1:]) if value.ndim else ()
        assert read(spec) == (shape, str(value.dtype) if dtype else ""), (
            f"output {index}: inferred {read(spec)}; a call gives {value.shape} of {value.dtype}"
        )


@check("layer.eager_call", "layer")
def eager_call(subject: Subject, case: Case) -> None:
    """Called on arrays, without `training`, it gives what compiled inference gives."""
    run = run_of(subject, case)
    assert_equal_results(
        run.layer(*run.inputs), run.outputs, "outputs of a call without `training`"
    )


@check("layer.training_modes", "layer")
def training_modes(subject: Subject, case: Case) -> None:
    """In training and in inference it gives outputs of the same shapes and data types."""
    run = run_of(subject, case)
    infer, train = (
        [(x.shape, str(x.dtype)) for x in jax.tree.leaves(mode(run.values, *run.inputs)[0])]
        for mode in (run.infer, run.train)
    )
    assert infer == train, f"in training: got {train}; in inference {infer}"


@check("layer.inference_repeats", "layer")
def inference_repeats(subject: Subject, case: Case) -> None:
    """Inference gives the same outputs each time, unless the spec says that it draws."""
    if not subject.spec.deterministic:
        raise Skip("declares deterministic=False")
    run, first = run_of(subject, case), _inferred(subject, case)
    second = run.layer(*run.inputs, training=False)
    assert_equal_results(second, first, "the second of two equal calls with training=False", 0, 0)


@check("layer.inference_keeps_state", "layer")
def inference_keeps_state(subject: Subject, case: Case) -> None:
    """Inference changes no variable and adds none."""
    run = run_of(subject, case)
    _, new, _ = run.infer(run.values, *run.inputs)
    assert_equal_results(new, run.values, "variables after a call with training=False", 0, 0)
    _inferred(subject, case)
    after = list(run.layer.values_by_path())
    assert after == list(run.values), f"a call on arrays left the variables {after}"


def _inferred(subject: Subject, case: Case) -> Any:
    """Return the outputs of a first call on arrays, with training=False."""
    run = run_of(subject, case)
    return subject.once(case, "layer_inferred", lambda: run.layer(*run.inputs, training=False))


@check("layer.state_in_variables", "layer")
def state_in_variables(subject: Subject, case: Case) -> None:
    """In training too, equal inputs and equal variables give equal outputs and new variables."""
    what = (
        "the second of two equal calls with training=True (draw with a SeedGenerator that the "
        "layer holds, and keep state in variables)"
    )
    first = _trained(subject, case)
    assert_equal_results(_train(run_of(subject, case)), first, what, 0, 0)


@check("layer.compiled_training", "layer")
def compiled_training(subject: Subject, case: Case) -> None:
    """A compiled training call gives the outputs and new variables of one that is not."""
    run = run_of(subject, case)
    compiled, what = run.train(run.values, *run.inputs)[:2], "a compiled call with training=True"
    assert_equal_results(compiled, _trained(subject, case), what)


def _trained(subject: Subject, case: Case) -> Any:
    """Return outputs and new variables of a first call with training=True, not compiled."""
    return subject.once(case, "layer_trained", lambda: _train(run_of(subject, case)))


def _train(run: Run) -> Any:
    pure = functionalize(lambda *args: run.layer(*args, training=True), run.layer.variables)
    return pure(run.values, *run.inputs)[:2]


@check("layer.functional_model", "layer")
def functional_model(subject: Subject, case: Case) -> None:
    """In a functional model it gives what it gives alone, for batches of other sizes too."""
    run = run_of(subject, case)
    model = model_of(subject, case, copied(subject, case))
    leaves = jax.tree.leaves(run.inputs)
    wanted = jax.tree.leaves(run.outputs)
    assert_equal_results(jax.tree.leaves(model(leaves)), wanted, "outputs of the model")
    pure = functionalize(model, model.variables)
    trace = jax.make_jaxpr(lambda xs: pure({}, xs)[0], return_shape=True)
    _, one = trace([x[:1] for x in leaves])
    got, right = [x.shape for x in jax.tree.leaves(one)], [(1, *x.shape[1:]) for x in wanted]
    assert got == right, f"for a batch of 1: got {got}; wanted {right}"


@check("layer.sequential_model", "layer")
def sequential_model(subject: Subject, case: Case) -> None:
    """In a Sequential model it gives what it gives alone."""
    run = run_of(subject, case)
    if len(run.inputs) != 1 or not hasattr(run.inputs[0], "shape"):
        raise Skip("the layer does not take one tensor")
    if len(jax.tree.leaves(run.outputs)) != 1:
        raise Skip("the layer does not give one tensor")
    (x,) = run.inputs
    model = models.Sequential([Input(x.shape[1:], dtype=str(x.dtype)), copied(subject, case)])
    assert_equal_results(model(x), run.outputs, "outputs of the model")


@check("layer.rebuilt_from_config", "layer")
def rebuilt_from_config(subject: Subject, case: Case) -> None:
    """Its config and build config, gone through JSON, give a layer with the same weights."""
    run = run_of(subject, case)
    config = _through_json(run.layer.get_config(), "get_config")
    build = _through_json(run.layer.get_build_config(), "get_build_config")
    layer = type(run.layer).from_config(config)
    if build:
        layer.build_from_config(build)
    if not layer.built or len(layer.variables) < len(run.values):
        layer(*map_symbols(run.inputs))
    got, wanted = ([v.path.rpartition("/")[2] for v in it.variables] for it in (layer, run.layer))
    assert got == wanted, f"got variables {got}; wanted {wanted}"
    _copy_values(run.layer, layer)
    assert_equal_results(
        layer(*run.inputs, training=False), run.outputs, "outputs of the rebuilt layer"
    )


def _through_json(config: Any, method: str) -> Any:
    try:
        return json.loads(json.dumps(config))
    except TypeError as error:
        raise AssertionError(f"{method}() returned what JSON cannot hold: {error}") from error


@check("layer.saved_and_loaded", "layer")
def saved_and_loaded(subject: Subject, case: Case) -> None:
    """A model that holds it, saved as .keras and loaded, gives the same outputs."""
    run = run_of(subject, case)
    model = model_of(subject, case, copied(subject, case))
    custom = None if subject.installed else {subject.target.__name__: subject.target}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        loaded = load_model(path, custom_objects=custom)
    got, wanted = ([np.asarray(v.value) for v in each.variables] for each in (loaded, model))
    assert_equal_results(got, wanted, "variables of the loaded model", 0, 0)
    outputs = jax.tree.leaves(loaded(jax.tree.leaves(run.inputs), training=False))
    assert_equal_results(outputs, jax.tree.leaves(run.outputs), "outputs of the loaded model")
