"""Ops that work element by element: arithmetic, comparison, logic, rounding."""

from typing import Any

import jax.numpy as jnp
from jax import lax

from kerax.config import floatx
from kerax.ops.definitions import array, binary, jax_dtype, operand, unary
from kerax.ops.dispatch import op

__all__ = [
    "abs",
    "absolute",
    "add",
    "angle",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_not",
    "bitwise_or",
    "bitwise_xor",
    "cbrt",
    "ceil",
    "clip",
    "conj",
    "conjugate",
    "copy",
    "cos",
    "cosh",
    "divide",
    "divide_no_nan",
    "equal",
    "erf",
    "erfc",
    "erfinv",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "floor_divide",
    "fmod",
    "greater",
    "greater_equal",
    "hypot",
    "imag",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "nan_to_num",
    "negative",
    "not_equal",
    "power",
    "real",
    "reciprocal",
    "round",
    "rsqrt",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "true_divide",
    "trunc",
]


def as_float(x: Any) -> Any:
    """Return an array whose integers and booleans became `floatx()`."""
    return x if jnp.issubdtype(x.dtype, jnp.inexact) else x.astype(jax_dtype(floatx()))


absolute = unary("absolute", jnp.abs, "Return the absolute values.")
abs = absolute
negative = unary("negative", jnp.negative, "Return `-x`.")
sign = unary("sign", jnp.sign, "Return -1, 0 or 1 by the sign of each element.")
signbit = unary("signbit", jnp.signbit, "Tell which elements have their sign bit set.")
square = unary(
    "square",
    lambda x: jnp.square(x.astype("int32") if x.dtype == bool else x),
    "Return the squares.",
)
sqrt = unary("sqrt", jnp.sqrt, "Return the non-negative square roots.")
cbrt = unary("cbrt", jnp.cbrt, "Return the cube roots.")
rsqrt = unary("rsqrt", lambda x: lax.rsqrt(as_float(x)), "Return `1 / sqrt(x)`.")
reciprocal = unary("reciprocal", jnp.reciprocal, "Return `1 / x`.")
exp = unary("exp", jnp.exp, "Return `e ** x`.")
exp2 = unary("exp2", jnp.exp2, "Return `2 ** x`.")
expm1 = unary("expm1", jnp.expm1, "Return `e ** x - 1`, exact near 0.")
log = unary("log", jnp.log, "Return the natural logarithms.")
log10 = unary("log10", jnp.log10, "Return the logarithms to base 10.")
log1p = unary("log1p", jnp.log1p, "Return `log(1 + x)`, exact near 0.")
log2 = unary("log2", jnp.log2, "Return the logarithms to base 2.")

erf = unary("erf", lambda x: lax.erf(as_float(x)), "Return the error function.")
erfc = unary("erfc", lambda x: lax.erfc(as_float(x)), "Return `1 - erf(x)`.")
erfinv = unary("erfinv", lambda x: lax.erf_inv(as_float(x)), "Return the inverse of `erf`.")

sin = unary("sin", jnp.sin, "Return the sines of angles in radians.")
cos = unary("cos", jnp.cos, "Return the cosines of angles in radians.")
tan = unary("tan", jnp.tan, "Return the tangents of angles in radians.")
sinh = unary("sinh", jnp.sinh, "Return the hyperbolic sines.")
cosh = unary("cosh", jnp.cosh, "Return the hyperbolic cosines.")
tanh = unary("tanh", jnp.tanh, "Return the hyperbolic tangents.")
arcsin = unary("arcsin", jnp.arcsin, "Return the inverse sines, in radians.")
arccos = unary("arccos", jnp.arccos, "Return the inverse cosines, in radians.")
arctan = unary("arctan", jnp.arctan, "Return the inverse tangents, in radians.")
arcsinh = unary("arcsinh", jnp.arcsinh, "Return the inverse hyperbolic sines.")
arccosh = unary("arccosh", jnp.arccosh, "Return the inverse hyperbolic cosines.")
arctanh = unary("arctanh", jnp.arctanh, "Return the inverse hyperbolic tangents.")

ceil = unary("ceil", lambda x: jnp.ceil(as_float(x)), "Round up to whole numbers.")
floor = unary("floor", lambda x: jnp.floor(as_float(x)), "Round down to whole numbers.")
trunc = unary("trunc", jnp.trunc, "Round towards zero to whole numbers.")
isfinite = unary("isfinite", jnp.isfinite, "Tell which elements are neither infinite nor NaN.")
isinf = unary("isinf", jnp.isinf, "Tell which elements are infinite.")
isnan = unary("isnan", jnp.isnan, "Tell which elements are NaN.")
logical_not = unary("logical_not", jnp.logical_not, "Return `not x`.")
bitwise_not = unary("bitwise_not", jnp.bitwise_not, "Flip every bit.")
bitwise_invert = bitwise_not
conjugate = unary("conjugate", jnp.conjugate, "Return the complex conjugates.")
conj = conjugate
real = unary("real", jnp.real, "Return the real parts.")
imag = unary("imag", jnp.imag, "Return the imaginary parts.")
angle = unary("angle", jnp.angle, "Return the angles of complex numbers, in radians.")
copy = unary("copy", jnp.copy, "Return a copy.")

add = binary("add", jnp.add, "Return `x1 + x2`.")
subtract = binary("subtract", jnp.subtract, "Return `x1 - x2`.")
multiply = binary("multiply", jnp.multiply, "Return `x1 * x2`.")
divide = binary("divide", jnp.divide, "Return `x1 / x2`.")
true_divide = binary("true_divide", jnp.true_divide, "Return `x1 / x2`.")
floor_divide = binary("floor_divide", jnp.floor_divide, "Return `x1 / x2` rounded down.")
mod = binary("mod", jnp.mod, "Return the remainder of `x1 / x2`, with the sign of `x2`.")
fmod = binary("fmod", jnp.fmod, "Return the remainder of `x1 / x2`, with the sign of `x1`.")
power = binary("power", jnp.power, "Return `x1 ** x2`.")
maximum = binary("maximum", jnp.maximum, "Return the larger of each two elements.")
minimum = binary("minimum", jnp.minimum, "Return the smaller of each two elements.")
arctan2 = binary("arctan2", jnp.arctan2, "Return the angle of the point `(x2, x1)`, in radians.")
hypot = binary("hypot", jnp.hypot, "Return `sqrt(x1² + x2²)`.")
logaddexp = binary("logaddexp", jnp.logaddexp, "Return `log(exp(x1) + exp(x2))`, safely.")

equal = binary("equal", jnp.equal, "Tell where `x1 == x2`.")
not_equal = binary("not_equal", jnp.not_equal, "Tell where `x1 != x2`.")
less = binary("less", jnp.less, "Tell where `x1 < x2`.")
less_equal = binary("less_equal", jnp.less_equal, "Tell where `x1 <= x2`.")
greater = binary("greater", jnp.greater, "Tell where `x1 > x2`.")
greater_equal = binary("greater_equal", jnp.greater_equal, "Tell where `x1 >= x2`.")
logical_and = binary("logical_and", jnp.logical_and, "Return `x1 and x2`.")
logical_or = binary("logical_or", jnp.logical_or, "Return `x1 or x2`.")
logical_xor = binary("logical_xor", jnp.logical_xor, "Tell where exactly one is true.")


@op
def bitwise_and(x: Any, y: Any) -> Any:
    """Return `x & y`, bit by bit.

    Args:
        x: integer or boolean tensor.
        y: one of a shape that broadcasts with that of `x`.

    Returns:
        Tensor of the broadcast shape.

    Example:
        >>> bitwise_and(6, 3).tolist()
        2

    Reference:
        Keras: keras.ops.bitwise_and
    """
    return jnp.bitwise_and(array(x), array(y))


@op
def bitwise_or(x: Any, y: Any) -> Any:
    """Return `x | y`, bit by bit.

    Args:
        x: integer or boolean tensor.
        y: one of a shape that broadcasts with that of `x`.

    Returns:
        Tensor of the broadcast shape.

    Example:
        >>> bitwise_or(6, 3).tolist()
        7

    Reference:
        Keras: keras.ops.bitwise_or
    """
    return jnp.bitwise_or(array(x), array(y))


@op
def bitwise_xor(x: Any, y: Any) -> Any:
    """Return `x ^ y`, bit by bit.

    Args:
        x: integer or boolean tensor.
        y: one of a shape that broadcasts with that of `x`.

    Returns:
        Tensor of the broadcast shape.

    Example:
        >>> bitwise_xor(6, 3).tolist()
        5

    Reference:
        Keras: keras.ops.bitwise_xor
    """
    return jnp.bitwise_xor(array(x), array(y))


@op(static=("x_min", "x_max"))
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """Return `min(max(x, x_min), x_max)`.

    Args:
        x: tensor of any shape.
        x_min: lowest value; broadcasts with `x`.
        x_max: highest value; broadcasts with `x`.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> clip([-1, 5, 9], 0, 6).tolist()
        [0, 5, 6]

    Reference:
        Keras: keras.ops.clip
    """
    return jnp.clip(array(x), operand(x_min), operand(x_max))


@op
def round(x: Any, decimals: int = 0) -> Any:
    """Round to `decimals` digits after the point, halves to even.

    Args:
        x: tensor of any shape.
        decimals: number of digits.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> round([1.75, 2.5]).tolist()
        [2.0, 2.0]

    Reference:
        Keras: keras.ops.round
    """
    return jnp.round(array(x), decimals)


@op
def nan_to_num(x: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Replace NaN and infinities by finite numbers.

    Args:
        x: tensor of any shape.
        nan: what replaces NaN.
        posinf: what replaces +∞; None means the type's largest number.
        neginf: what replaces -∞; None means the type's lowest number.

    Returns:
        Tensor of the shape of `x`.

    Example:
        >>> nan_to_num([float("nan"), 2.0]).tolist()
        [0.0, 2.0]

    Reference:
        Keras: keras.ops.nan_to_num
    """
    return jnp.nan_to_num(array(x), nan=nan, posinf=posinf, neginf=neginf)


@op
def divide_no_nan(x1: Any, x2: Any) -> Any:
    """Return `x1 / x2`, and 0 where `x2` is 0; gradients are finite there too.

    Args:
        x1: tensor of any shape.
        x2: tensor of a shape that broadcasts with that of `x1`.

    Returns:
        Tensor of the broadcast shape.

    Example:
        >>> divide_no_nan([1.0, 1.0], [2.0, 0.0]).tolist()
        [0.5, 0.0]

    Reference:
        Keras: keras.ops.divide_no_nan
    """
    x1, x2 = array(x1), array(x2)
    safe = jnp.where(x2 == 0, jnp.ones_like(x2), x2)
    quotient = x1 / safe
    return jnp.where(x2 == 0, jnp.zeros_like(quotient), quotient)


@op
def isclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Tell where `|x1 - x2| <= atol + rtol * |x2|`.

    Args:
        x1: tensor of any shape.
        x2: tensor of a shape that broadcasts with that of `x1`.
        rtol: relative tolerance.
        atol: absolute tolerance.
        equal_nan: whether NaN equals NaN.

    Returns:
        Boolean tensor of the broadcast shape.

    Example:
        >>> isclose([1.0, 2.0], [1.0 + 1e-7, 3.0]).tolist()
        [True, False]

    Reference:
        Keras: keras.ops.isclose
    """
    return jnp.isclose(array(x1), array(x2), rtol, atol, equal_nan)
