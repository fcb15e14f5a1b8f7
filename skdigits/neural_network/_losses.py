"""Names of losses to Keras losses over logits, and the targets they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from .._typing import AnyArray, IntArray

_SPARSE = "sparse_categorical_crossentropy"

#: Keras' losses that can be asked for by name.
LOSSES: dict[str, Callable[..., keras.losses.Loss]] = {
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
    "categorical_focal_crossentropy": keras.losses.CategoricalFocalCrossentropy,
    "categorical_hinge": keras.losses.CategoricalHinge,
    _SPARSE: keras.losses.SparseCategoricalCrossentropy,
}


def make_loss(loss: str | keras.losses.Loss, label_smoothing: float) -> keras.losses.Loss:
    """Make a loss that takes logits.

    Parameters
    ----------
    loss : str or keras.losses.Loss
        A name of `LOSSES`, or a loss object, which is used as it is.
    label_smoothing : float
        Share of the target that is spread over all classes, in [0, 1).

    Returns
    -------
    loss : keras.losses.Loss
        The loss.

    Raises
    ------
    ValueError
        If this loss has no label smoothing, does not take logits or does not
        average.
    """
    if not label_smoothing:
        if not isinstance(loss, str):
            _check_loss(loss)
            return loss
        return LOSSES[loss]() if loss == "categorical_hinge" else LOSSES[loss](from_logits=True)
    if not isinstance(loss, str) or loss == "categorical_hinge":
        raise ValueError(
            f"label_smoothing={label_smoothing} goes with the cross-entropies only, but loss is "
            f"{loss!r}. Set label_smoothing=0.0, or loss='categorical_crossentropy'."
        )
    # The sparse loss takes no smoothing; on one-hot targets it is the categorical one.
    name = "categorical_crossentropy" if loss == _SPARSE else loss
    return LOSSES[name](from_logits=True, label_smoothing=label_smoothing)


def _check_loss(loss: keras.losses.Loss) -> None:
    """Refuse a loss object that would silently compute something else."""
    if isinstance(loss, type):
        raise ValueError(f"loss must be a loss, not a class; pass {loss.__name__}(...).")
    if loss.get_config().get("from_logits") is False:
        raise ValueError(
            f"The network ends in logits, but loss={type(loss).__name__} expects probabilities. "
            "Make it with from_logits=True."
        )
    if loss.reduction in (None, "none"):
        raise ValueError(
            f"loss={type(loss).__name__} has no reduction, so it gives no number to minimise. "
            'Make it with reduction="sum_over_batch_size".'
        )


def encode_targets(loss: Any, codes: IntArray, n_classes: int) -> AnyArray:
    """Encode class numbers as the loss wants them.

    Parameters
    ----------
    loss : keras.losses.Loss
        The loss of the training.
    codes : ndarray of int, shape (n_samples,)
        Class numbers, from 0.
    n_classes : int
        Number of classes.

    Returns
    -------
    targets : ndarray, shape (n_samples,) or (n_samples, n_classes)
        int32 class numbers for a sparse loss, else one-hot rows of float32.
    """
    if isinstance(loss, keras.losses.SparseCategoricalCrossentropy):
        return codes.astype(np.int32)
    return np.eye(n_classes, dtype=np.float32)[codes]
