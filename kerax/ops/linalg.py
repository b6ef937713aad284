"""Products of vectors and matrices, and their decompositions."""

from typing import Any

import jax
import jax.numpy as jnp

from kerax.ops.definitions import array, define
from kerax.ops.dispatch import op

__all__ = [
    "cholesky",
    "det",
    "dot",
    "eigh",
    "einsum",
    "inner",
    "inv",
    "matmul",
    "outer",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "tensordot",
    "trace",
    "vdot",
]


def _product(name: str, compute: Any, summary: str, shapes: str) -> Any:
    def fn(x1: Any, x2: Any) -> Any:
        return compute(array(x1), array(x2))

    return define(
        name,
        fn,
        f"""{summary}

        Args:
            x1: first tensor.
            x2: second tensor.

        Returns:
            Tensor: {shapes}.

        Reference:
            Keras: keras.ops.{name}
        """,
    )


matmul = _product("matmul", jnp.matmul, "Multiply matrices.", "`[..., i, j] @ [..., j, k]`")
dot = _product(
    "dot",
    jnp.dot,
    "Sum products over the last axis of one and the second last of the other.",
    "dot",
)
inner = _product("inner", jnp.inner, "Sum products over the last axes.", "`[..., n] · [..., n]`")
outer = _product("outer", jnp.outer, "Multiply each element by each.", "`[n] ⊗ [m]` → `[n, m]`")
vdot = _product("vdot", jnp.vdot, "Sum the products of flattened tensors.", "a scalar")


@op
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    """Sum products over several axes.

    Args:
        x1: first tensor.
        x2: second tensor.
        axes: the number of last axes of `x1` and first of `x2`, or two lists of axes.

    Returns:
        Tensor of the axes left.

    Example:
        >>> tensordot([[1, 2]], [[3], [4]], axes=1).tolist()
        [[11]]

    Reference:
        Keras: keras.ops.tensordot
    """
    if not isinstance(axes, int):
        axes = tuple(item if isinstance(item, int) else tuple(item) for item in axes)
    return jnp.tensordot(array(x1), array(x2), axes)


@op(static=("subscripts",))
def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    """Sum products as a formula says, such as `"bij,bjk->bik"`.

    Args:
        subscripts: the formula.
        *operands: tensors, one for each term.
        **kwargs: what `jax.numpy.einsum` takes besides.

    Returns:
        Tensor.

    Example:
        >>> float(einsum("i,i->", [1.0, 2.0], [3.0, 4.0]))
        11.0

    Reference:
        Keras: keras.ops.einsum
    """
    return jnp.einsum(subscripts, *(array(x) for x in operands), **kwargs)


@op
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Sum a diagonal.

    Args:
        x: tensor of two axes or more.
        offset: which diagonal.
        axis1: first axis of the matrices.
        axis2: second axis of the matrices.

    Returns:
        Tensor without the two axes.

    Example:
        >>> int(trace([[1, 2], [3, 4]]))
        5

    Reference:
        Keras: keras.ops.trace
    """
    return jnp.trace(array(x), offset, axis1, axis2)


def _matrix(name: str, compute: Any, summary: str, result: str) -> Any:
    def fn(x: Any) -> Any:
        return compute(array(x))

    return define(
        name,
        fn,
        f"""{summary}

        Args:
            x: float tensor `[..., n, n]`.

        Returns:
            {result}

        Reference:
            Keras: keras.ops.{name}
        """,
    )


inv = _matrix("inv", jnp.linalg.inv, "Invert matrices.", "Tensor `[..., n, n]`.")
det = _matrix("det", jnp.linalg.det, "Return determinants.", "Tensor `[...]`.")
slogdet = _matrix(
    "slogdet",
    lambda x: tuple(jnp.linalg.slogdet(x)),
    "Return the sign and the logarithm of the absolute value of determinants.",
    "Two tensors `[...]`.",
)
eigh = _matrix(
    "eigh",
    lambda x: tuple(jnp.linalg.eigh(x)),
    "Return eigenvalues and eigenvectors of symmetric matrices.",
    "Tensors `[..., n]` and `[..., n, n]`.",
)


@op
def cholesky(x: Any, upper: bool = False) -> Any:
    """Return the triangular factor `L` of `x = L Lᵀ`.

    Args:
        x: positive definite matrices `[..., n, n]`.
        upper: whether to return `Lᵀ`.

    Returns:
        Tensor `[..., n, n]`; NaN where a matrix is not positive definite.

    Example:
        >>> cholesky([[4.0, 0.0], [0.0, 9.0]]).tolist()
        [[2.0, 0.0], [0.0, 3.0]]

    Reference:
        Keras: keras.ops.cholesky
    """
    return jnp.linalg.cholesky(array(x), upper=upper)


@op
def qr(x: Any, mode: str = "reduced") -> tuple[Any, Any]:
    """Return the orthogonal and the triangular factor of `x = Q R`.

    Args:
        x: matrices `[..., m, n]`.
        mode: `"reduced"` or `"complete"`.

    Returns:
        Two tensors.

    Example:
        >>> q, r = qr([[2.0], [0.0]])
        >>> abs(r).tolist()
        [[2.0]]

    Reference:
        Keras: keras.ops.qr
    """
    q, r = jnp.linalg.qr(array(x), mode)
    return q, r


@op
def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Return the singular value decomposition `x = U diag(s) Vᵀ`.

    Args:
        x: matrices `[..., m, n]`.
        full_matrices: whether `U` and `Vᵀ` are square.
        compute_uv: whether to return `U` and `Vᵀ` at all.

    Returns:
        `U`, `s` and `Vᵀ`, or `s`.

    Example:
        >>> svd([[3.0, 0.0], [0.0, 2.0]], compute_uv=False).tolist()
        [3.0, 2.0]

    Reference:
        Keras: keras.ops.svd
    """
    result = jnp.linalg.svd(array(x), full_matrices, compute_uv)
    return tuple(result) if compute_uv else result


@op
def solve(a: Any, b: Any) -> Any:
    """Solve `a x = b`.

    Args:
        a: matrices `[..., n, n]`.
        b: vector `[n]` or matrices `[..., n, k]`.

    Returns:
        Tensor of the shape of `b`.

    Example:
        >>> solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 8.0]).tolist()
        [1.0, 2.0]

    Reference:
        Keras: keras.ops.solve
    """
    return jnp.linalg.solve(array(a), array(b))


@op
def solve_triangular(a: Any, b: Any, lower: bool = False) -> Any:
    """Solve `a x = b` for triangular `a`.

    Args:
        a: triangular matrices `[..., n, n]`.
        b: vectors or matrices.
        lower: whether `a` is lower triangular.

    Returns:
        Tensor of the shape of `b`.

    Example:
        >>> solve_triangular([[2.0, 0.0], [1.0, 1.0]], [2.0, 3.0], lower=True).tolist()
        [1.0, 2.0]

    Reference:
        Keras: keras.ops.solve_triangular
    """
    return jax.scipy.linalg.solve_triangular(array(a), array(b), lower=lower)
