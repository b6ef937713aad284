"""Every spelling of a name that Keras' `get` takes, kerax' takes, and finds the same."""

import inspect

import pytest

from kerax import plugins
from kerax.naming import snake_case

keras = pytest.importorskip("keras")

FAMILIES = {
    "loss": keras.losses,
    "metric": keras.metrics,
    "optimizer": keras.optimizers,
    "regularizer": keras.regularizers,
    "initializer": keras.initializers,
    "constraint": keras.constraints,
    "activation": keras.activations,
}

ABBREVIATIONS = (
    "acc accuracy bce BCE bcrossentropy cce cosine hard_swish kld KLD l1 L1 l1_l2 l1l2 L1L2 l2 L2 "
    "logcosh mae MAE mape MAPE mse MSE msle MSLE normal one one_hot orthogonal rmse swish uniform "
    "xavier zero identity IdentityInitializer OrthogonalInitializer STFTInitializer"
)


def described(found):
    """What a lookup gave: a function, or an object of a class, by name."""
    if found is None or inspect.isfunction(found):
        return getattr(found, "__name__", None)
    return f"{type(found).__name__}()"


def spellings(name):
    forms = (name, snake_case(name), name.title(), name.replace("_", ""))
    return {variant for form in forms for variant in (form, form.lower(), form.upper())}


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("kind", FAMILIES)
def test_spellings(kind):
    own = plugins.names(kind, own=True)
    wrong, compared = [], 0
    for spelling in sorted(set(ABBREVIATIONS.split()).union(*map(spellings, own))):
        try:
            theirs = described(FAMILIES[kind].get(spelling))
        except (ValueError, TypeError, KeyError):  # unknown to Keras, or in need of arguments
            continue
        if theirs.removesuffix("()") not in own:
            continue
        ours = described(plugins.get(kind, spelling))
        compared += 1
        if ours != theirs:
            wrong.append((spelling, ours, theirs))
    assert not wrong
    assert compared >= len(own) / 2


@pytest.mark.parametrize("kind", FAMILIES)
@pytest.mark.parametrize("identifier", [3, "nothing", [1], {"a": 1}])
def test_what_keras_refuses(kind, identifier):
    with pytest.raises((ValueError, KeyError, TypeError)):
        FAMILIES[kind].get(identifier)
    with pytest.raises(ValueError, match=kind):
        plugins.get(kind, identifier)
