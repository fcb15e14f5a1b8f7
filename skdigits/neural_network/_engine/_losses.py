"""Names of losses to Keras losses over logits, and the targets they take."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from ..._typing import AnyArray, IntArray
from ._custom_objects import is_keras_own
from ._keras_names import LOSSES

_SPARSE = "sparse_categorical_crossentropy"


def _of_keras(*names: str) -> tuple[type, ...]:
    """Find Keras' losses of these names; an older Keras lacks some."""
    return tuple(getattr(keras.losses, name) for name in names if hasattr(keras.losses, name))


#: Our losses compute in this precision, regardless of Keras' global setting.
_DTYPE = "float32"
#: Losses that take class numbers.
_OF_CLASS_NUMBERS = _of_keras(
    "SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy"
)
#: Losses that hold probabilities against targets of 0 and 1, and have no setting for logits.
_OF_PROBABILITIES = _of_keras(
    "CategoricalGeneralizedCrossEntropy",
    "CosineSimilarity",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
)
#: Losses that cannot train a classifier of single labels, and why.
_UNFIT = {
    "CTC": "is for sequences of labels",
    "Circle": "is for embeddings, not for one logit per class",
    "Dice": "is one number for a whole batch, in which samples cannot have weights",
    "MeanAbsolutePercentageError": "divides by the targets, most of which are 0",
    "Tversky": "is one number for a whole batch, in which samples cannot have weights",
}


def make_loss(loss: str | keras.losses.Loss, label_smoothing: float) -> keras.losses.Loss:
    """Make a loss that takes logits.

    Parameters
    ----------
    loss : str or keras.losses.Loss
        A name of `LOSSES`, or a loss object, which is used as it is; one that computes as
        Keras' losses of probabilities do gets the softmax of the logits.
    label_smoothing : float
        Share of the target that is spread over all classes, in [0, 1).

    Returns
    -------
    loss : keras.losses.Loss
        The loss.

    Raises
    ------
    ValueError
        If this loss has no label smoothing, does not take logits, does not
        average, or is a function or a class.
    """
    if not label_smoothing:
        if not isinstance(loss, str):
            _check_loss(loss)
            return SoftmaxLoss(loss) if _takes_probabilities(loss) else loss
        logits = {} if loss == "categorical_hinge" else {"from_logits": True}
        return getattr(keras.losses, LOSSES[loss])(**logits, dtype=_DTYPE)
    if not isinstance(loss, str) or loss == "categorical_hinge":
        raise ValueError(
            f"label_smoothing={label_smoothing} works with the cross-entropies only, but loss is "
            f"{loss!r}. Set label_smoothing=0.0, or loss='categorical_crossentropy'."
        )
    # The sparse loss takes no smoothing; on one-hot targets it is the categorical one.
    name = "categorical_crossentropy" if loss == _SPARSE else loss
    kind = getattr(keras.losses, LOSSES[name])
    return kind(from_logits=True, label_smoothing=label_smoothing, dtype=_DTYPE)


@keras.saving.register_keras_serializable("skdigits")
class SoftmaxLoss(keras.losses.Loss):
    """A loss of probabilities, for a network that ends in logits.

    Parameters
    ----------
    loss : keras.losses.Loss
        Takes probabilities.
    """

    def __init__(self, loss: keras.losses.Loss, name: str | None = None) -> None:
        super().__init__(name=name or loss.name, reduction=loss.reduction, dtype=loss.dtype)
        self.loss = loss

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each sample."""
        return self.loss.call(y_true, keras.activations.softmax(y_pred))

    def get_config(self) -> dict[str, Any]:
        """Describe it."""
        return {"loss": keras.saving.serialize_keras_object(self.loss), "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SoftmaxLoss:
        """Create it from its configuration."""
        return cls(keras.saving.deserialize_keras_object(config["loss"]), config["name"])


def _check_loss(loss: keras.losses.Loss) -> None:
    """Refuse a loss object that would silently compute something else."""
    if isinstance(loss, type):
        raise ValueError(f"loss must be a loss, not a class; pass {loss.__name__}(...).")
    if not isinstance(loss, keras.losses.Loss):
        name = getattr(loss, "__name__", type(loss).__name__)
        raise ValueError(
            f"loss must be a name or a keras.losses.Loss, found the function {name}. A function "
            "does not say whether it takes logits. Keras' own have classes, such as keras.losses."
            "CategoricalCrossentropy(from_logits=True); for one of yours write a class: "
            "class MyLoss(keras.losses.Loss), whose method call(self, y_true, y_pred) gets "
            "one-hot targets and logits and returns the loss of each sample."
        )
    unfit = _UNFIT.get(type(loss).__name__) if is_keras_own(type(loss)) else None
    if unfit is not None:
        raise ValueError(
            f"loss={type(loss).__name__} {unfit}. Use loss='categorical_crossentropy', or "
            "another loss of class probabilities."
        )
    if loss.get_config().get("from_logits") is False:
        raise ValueError(
            f"The network ends in logits, but loss={type(loss).__name__} expects probabilities. "
            "Create it with from_logits=True."
        )
    if loss.reduction in (None, "none"):
        raise ValueError(
            f"loss={type(loss).__name__} has no reduction, so it gives no number to minimise. "
            'Create it with reduction="sum_over_batch_size".'
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
    inner = loss.loss if isinstance(loss, SoftmaxLoss) else loss
    if isinstance(inner, _OF_CLASS_NUMBERS):
        return codes.astype(np.int32)
    return np.eye(n_classes, dtype=np.float32)[codes]


def _takes_probabilities(loss: Any) -> bool:
    """Whether a loss computes as one of Keras' losses of probabilities."""
    # A class that overrides `call` is documented to get logits.
    return is_keras_own(loss.call) and isinstance(loss, _OF_PROBABILITIES)
