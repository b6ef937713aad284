"""Muon: momentum made orthogonal, for the matrices of hidden layers."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import optax

from kerax.variable import Variable
from kerax_optimizers.adam import scale_by_adam
from kerax_optimizers.transform import TransformOptimizer, by_learning_rate

__all__ = ["Muon", "orthogonalize"]


def orthogonalize(
    coefficients: Sequence[float] = (3.4445, -4.775, 2.0315),
    steps: int = 5,
    rms_rate: float | None = 0.2,
) -> optax.GradientTransformation:
    r"""Make an approximately orthogonal matrix of each update.

    Divided by its norm, \( X \leftarrow a X + (b A + c A^2) X \) with \( A = X X^T \), some times.

    Args:
        coefficients: \( (a, b, c) \).
        steps: how many times.
        rms_rate: the result is multiplied by this and the root of the longer side; None for 1.

    Returns:
        A transformation without state of updates `[rows, columns]`.

    Example:
        >>> rule = orthogonalize(rms_rate=None)
        >>> bool(abs(rule.update([9 * jnp.eye(2)], optax.EmptyState())[0][0][0, 0] - 1) < 0.4)
        True
    """
    a, b, c = coefficients

    def turned(update: Any) -> Any:
        tall = update.shape[0] > update.shape[1]
        x = update.T if tall else update
        x = x / (jnp.linalg.norm(x) + 1e-7)
        for _ in range(steps):
            square = x @ x.T
            x = a * x + (b * square + c * square @ square) @ x
        scale = 1.0 if rms_rate is None else rms_rate * max(update.shape) ** 0.5
        return (x.T if tall else x) * scale

    return optax.stateless(lambda updates, params: jax.tree.map(turned, updates))


class Muon(TransformOptimizer):
    r"""Orthogonal momentum for matrices, and Adam for all other variables.

    \( m \leftarrow \mu m + g \), and the matrix \( m \), or \( g + \mu m \) with Nesterov's rule,
    is made nearly orthogonal by Newton and Schulz' iteration; its root mean square is then
    `rms_rate`. Variables that are not of two axes, embeddings and excluded ones follow Adam.

    Args:
        learning_rate: a float, a schedule or a callable.
        adam_beta_1: Adam's decay of the mean gradient.
        adam_beta_2: Adam's decay of the mean square.
        adam_weight_decay: the weight decay of the variables that follow Adam.
        epsilon: Adam's \( \epsilon \).
        weight_decay: the weight decay of the matrices.
        exclude_layers: regular expressions; a variable whose path holds one follows Adam.
        exclude_embeddings: whether variables with `embedding` in their path follow Adam.
        muon_a, muon_b, muon_c: coefficients of the iteration.
        adam_lr_ratio: what the learning rate is multiplied by for Adam.
        momentum: \( \mu \).
        ns_steps: how many iterations.
        nesterov: whether to look ahead along the momentum.
        rms_rate: root mean square of a step of rate 1; None leaves it as the iteration gives it.
        **options: those of `Optimizer`.

    Example:
        >>> Muon(exclude_layers=["head"]).get_config()["ns_steps"]
        5

    Reference:
        Jordan et al., 2024, Muon: An optimizer for hidden layers in neural networks. Keras:
        keras.optimizers.Muon. optax.contrib.muon scales steps otherwise.
    """

    slot_names: ClassVar[dict[str, str]] = {"trace": "momentum"}

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        *,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.775,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **options: Any,
    ):
        options["weight_decay"] = weight_decay
        super().__init__(learning_rate, **options)
        self.adam_beta_1, self.adam_beta_2 = adam_beta_1, adam_beta_2
        self.adam_weight_decay, self.epsilon = adam_weight_decay, epsilon
        self.exclude_layers = list(exclude_layers or ())
        self.exclude_embeddings = exclude_embeddings
        self.muon_a, self.muon_b, self.muon_c = muon_a, muon_b, muon_c
        self.adam_lr_ratio, self.momentum = adam_lr_ratio, momentum
        self.ns_steps, self.nesterov, self.rms_rate = ns_steps, nesterov, rms_rate

    def _rule_of(self, variable: Variable) -> str:
        """Which rule a variable follows."""
        embedding = self.exclude_embeddings and "embedding" in variable.path.lower()
        excluded = any(re.search(pattern, variable.path) for pattern in self.exclude_layers)
        return "adam" if len(variable.shape) != 2 or embedding or excluded else "muon"

    def _weight_decay_of(self, variable: Variable) -> float | None:
        adam = self._rule_of(variable) == "adam"
        return self.adam_weight_decay if adam else self.weight_decay

    def transformation(self) -> optax.GradientTransformation:
        coefficients = (self.muon_a, self.muon_b, self.muon_c)
        muon = optax.chain(
            optax.trace(self.momentum, self.nesterov),
            orthogonalize(coefficients, self.ns_steps, self.rms_rate),
            by_learning_rate(),
        )
        adam = optax.chain(
            scale_by_adam(self.adam_beta_1, self.adam_beta_2, self.epsilon),
            optax.scale(self.adam_lr_ratio),
        )
        labels = [self._rule_of(variable) for variable in self._trainable_variables]
        return optax.partition({"muon": muon, "adam": adam}, labels)

    def get_config(self) -> dict[str, Any]:
        names = (
            "adam_beta_1",
            "adam_beta_2",
            "epsilon",
            "exclude_layers",
            "muon_a",
            "muon_b",
            "muon_c",
            "adam_lr_ratio",
            "momentum",
            "ns_steps",
            "nesterov",
            "exclude_embeddings",
            "adam_weight_decay",
            "rms_rate",
        )
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
