"""Losses of matches: labels with the steps of a sequence, embeddings with their own class."""

from typing import Any

from kerax import ops
from kerax.errors import ArgumentError, ShapeError
from kerax.losses import LossFunctionWrapper


def ctc(y_true: Any, y_pred: Any) -> Any:
    """Negative log-likelihood of label sequences over all their alignments.

    The blank is class 0; zeros among the labels are padding.

    Args:
        y_true: labels `[batch, max_length]`, whole numbers.
        y_pred: logits `[batch, time, classes]`.

    Returns:
        Loss `[batch]`, of the predictions' type; NaN where a label is no class.

    Raises:
        ShapeError: for other ranks.

    Example:
        >>> round(float(ctc([[1]], [[[0.0, 0.0]]])[0]), 4)
        0.6931

    Reference:
        Graves et al., Connectionist Temporal Classification, 2006; Keras: keras.losses.ctc
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) != 2 or len(y_pred.shape) != 3:
        raise ShapeError(
            f"ctc: got targets of shape {tuple(y_true.shape)} and predictions of shape "
            f"{tuple(y_pred.shape)}; wanted [batch, max_length] and [batch, time, classes]."
        )
    labels = ops.cast(y_true, "int32")
    lengths = ops.sum(ops.cast(labels != 0, "int32"), axis=-1)
    steps = ops.full_like(lengths, y_pred.shape[1])
    return ops.ctc_loss(labels, y_pred, lengths, steps, mask_index=0)


def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Any:
    """Circle loss: embeddings of one class together, those of others apart.

        loss = log(1 + sum_n exp(γ · [s_n + m]⁺ · (s_n - m))
                     · sum_p exp(-γ · [1 + m - s_p]⁺ · (s_p - 1 + m)))

    over the similarities s = y_pred · ref to others of the same class (p) and of other ones (n).

    Args:
        y_true: class numbers `[batch]` or `[batch, 1]`.
        y_pred: embeddings of length 1 `[batch, d]`.
        ref_labels: class numbers `[refs]` of the embeddings to compare with; None for the batch.
        ref_embeddings: those embeddings `[refs, d]`; None for the batch.
        remove_diagonal: whether not to compare row i with reference i.
        gamma: the scale γ.
        margin: the margin m.

    Returns:
        Loss `[batch]`, of the predictions' type; 0 where a row has no partner of its class.

    Raises:
        ArgumentError: where references come without labels, or labels without references.

    Example:
        >>> circle([0, 0], [[1.0, 0.0], [1.0, 0.0]]).tolist()
        [0.0, 0.0]

    Reference:
        Sun et al., Circle Loss, 2020; Keras: keras.losses.circle
    """
    if (ref_labels is None) != (ref_embeddings is None):
        raise ArgumentError(
            "circle: got one of ref_labels and ref_embeddings; wanted both or neither."
        )
    y_pred = ops.convert_to_tensor(y_pred)
    labels = ops.reshape(ops.cast(y_true, "int32"), (-1,))
    others = labels if ref_labels is None else ops.reshape(ops.cast(ref_labels, "int32"), (-1,))
    refs = y_pred if ref_embeddings is None else ops.cast(ref_embeddings, y_pred.dtype)
    similarity = ops.minimum(ops.matmul(y_pred, ops.transpose(refs)), 1.0)
    same = ops.expand_dims(labels, 1) == ops.expand_dims(others, 0)
    partners = same
    if remove_diagonal:
        rows, columns = ops.arange(labels.shape[0]), ops.arange(others.shape[0])
        partners = ops.logical_and(same, ops.expand_dims(rows, 1) != ops.expand_dims(columns, 0))
    near = ops.relu(1.0 + margin - similarity) * (similarity - 1.0 + margin)
    far = ops.relu(similarity + margin) * (similarity - margin)
    return ops.softplus(
        _log_sum_exp(-gamma * near, partners) + _log_sum_exp(gamma * far, ops.logical_not(same))
    )


def _log_sum_exp(x: Any, chosen: Any) -> Any:
    """Return log(sum(exp)) of the chosen elements of each row, a very low number for none."""
    return ops.logsumexp(ops.where(chosen, x, -1e30), axis=1)


class CTC(LossFunctionWrapper):
    """Negative log-likelihood of label sequences over all their alignments.

    Args:
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> round(float(CTC()([[1]], [[[0.0, 0.0]]])), 4)
        0.6931

    Reference:
        Keras: keras.losses.CTC
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "ctc",
        dtype: Any = None,
    ):
        super().__init__(ctc, reduction, name, dtype)

    def convert_targets(self, y_true: Any) -> Any:
        """Return labels as they are: a small float type would round them."""
        return ops.convert_to_tensor(y_true)


class Circle(LossFunctionWrapper):
    """Circle loss: embeddings of one class together, those of others apart; see `circle`.

    Args:
        gamma: the scale.
        margin: the margin.
        remove_diagonal: whether not to compare an embedding with itself.
        reduction: see `Loss`.
        name: its name.
        dtype: data type or policy to compute in; None means `floatx()`.

    Example:
        >>> float(Circle()([0, 0], [[1.0, 0.0], [1.0, 0.0]]))
        0.0

    Reference:
        Keras: keras.losses.Circle
    """

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "circle",
        dtype: Any = None,
    ):
        super().__init__(
            circle,
            reduction,
            name,
            dtype,
            gamma=gamma,
            margin=margin,
            remove_diagonal=remove_diagonal,
        )

    def convert_targets(self, y_true: Any) -> Any:
        """Return class numbers as they are: a small float type would round them."""
        return ops.convert_to_tensor(y_true)
