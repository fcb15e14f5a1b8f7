"""Metrics beside loss and accuracy: copied for a fit, checked, and given what they take."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from ..._plurals import counted
from ._custom_objects import custom_objects, is_keras_own
from ._keras_private import metric_direction
from ._pickling import describe_object, make_object

#: Metrics that take class numbers.
_OF_CLASS_NUMBERS = (
    keras.metrics.SparseCategoricalAccuracy,
    keras.metrics.SparseCategoricalCrossentropy,
    keras.metrics.SparseTopKCategoricalAccuracy,
)
#: Metrics that would silently compute nothing of use from probabilities, and why.
_UNFIT = {
    "Accuracy": "compares predicted labels; history_ has the accuracy anyway",
    "IoU": "takes predicted labels; OneHotIoU takes probabilities",
    "Mean": "does not compare predictions with labels",
    "MeanIoU": "takes predicted labels; OneHotMeanIoU takes probabilities",
    "Sum": "does not compare predictions with labels",
}
#: What the history has under these names already.
_TAKEN = ("loss", "accuracy", "learning_rate", "seconds")


class MetricOfLogits(keras.metrics.Metric):
    """A Keras metric that is given what it takes, by a network that ends in logits.

    Parameters
    ----------
    metric : keras.metrics.Metric
        Copied. Takes probabilities, or logits if it has ``from_logits=True``; and one-hot
        targets, or class numbers if it is one of Keras' sparse metrics.
    n_outputs : int
        Number of logits.
    """

    def __init__(self, metric: keras.metrics.Metric, n_outputs: int) -> None:
        super().__init__(name=metric.name, dtype=metric.dtype)
        # Keras' own copy does not find a class that is not registered with it.
        self.metric: Any = make_object(describe_object(metric))
        self.n_outputs = n_outputs

    def build_now(self) -> Any:
        """Let the metric make its variables, which it must not do within a program.

        Returns
        -------
        value : tensor
            What it gives for one sample of each class that was classified right.
        """
        codes = np.arange(self.n_outputs, dtype=np.int32)
        self.update_state(codes, np.eye(self.n_outputs, dtype=np.float32))
        value = self.result()
        self.reset_state()
        return value

    def copy(self) -> MetricOfLogits:
        """Make a metric of the same settings for another program.

        Returns
        -------
        metric : MetricOfLogits
            Has its variables.
        """
        made = MetricOfLogits(self.metric, self.n_outputs)
        made.build_now()
        return made

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch of targets, as class numbers or one-hot rows, and its logits."""
        if len(y_true.shape) > 1 and y_true.shape[-1] == self.n_outputs:
            codes = keras.ops.argmax(y_true, axis=-1)
        else:
            codes = keras.ops.reshape(keras.ops.cast(y_true, "int32"), (-1,))
        is_sparse = isinstance(self.metric, _OF_CLASS_NUMBERS)
        targets = codes if is_sparse else keras.ops.one_hot(codes, self.n_outputs)
        takes_logits = self.metric.get_config().get("from_logits") is True
        logits = keras.ops.cast(y_pred, "float32")
        self.metric.update_state(targets, logits if takes_logits else keras.ops.softmax(logits))

    def result(self) -> Any:
        """Give the metric's value."""
        return self.metric.result()

    def reset_state(self) -> None:
        """Begin anew."""
        self.metric.reset_state()


def make_metrics(metrics: Any, n_outputs: int) -> list[MetricOfLogits]:
    """Make the metrics of one fit.

    Parameters
    ----------
    metrics : str, keras.metrics.Metric, sequence of them or None
        What the user gave.
    n_outputs : int
        Number of logits.

    Returns
    -------
    made : list of MetricOfLogits
        Copies.

    Raises
    ------
    ValueError
        If Keras does not know a name, if a metric takes something else than a classifier gives,
        or if it is not one number.
    """
    if metrics is None:
        return []
    given = list(metrics) if isinstance(metrics, (list, tuple, np.ndarray)) else [metrics]
    made = [_make(metric, n_outputs) for metric in given]
    names = [metric.name for metric in made]
    for i, name in enumerate(names):
        if name in _TAKEN or name.startswith("val_") or name in names[:i]:
            raise ValueError(
                f"metrics contains one with the name {name!r}, which history_ uses for something "
                "else. Remove it, or create it with another name=..."
            )
    return made


def _make(metric: Any, n_outputs: int) -> MetricOfLogits:
    """Make one metric, and see that it can be computed."""
    if isinstance(metric, str):
        try:
            found = keras.metrics.get(metric)
        except ValueError as error:
            raise ValueError(
                f"metrics contains {metric!r}, which is not a name of one of Keras' metrics. "
                "Pass a name such as 'auc', or a metric such as keras.metrics.AUC()."
            ) from error
        # Keras counts the names of its metrics: auc, auc_1.
        metric = found
        if isinstance(found, keras.metrics.Metric):
            metric = type(found).from_config(found.get_config() | {"name": _given_name(found)})
    if not isinstance(metric, keras.metrics.Metric):
        raise ValueError(
            "metrics must contain names of Keras' metrics or objects such as "
            f"keras.metrics.AUC(), found {metric!r}. For a function of yours pass "
            "keras.metrics.MeanMetricWrapper(function)."
        )
    kind = type(metric).__name__
    if is_keras_own(type(metric)) and kind in _UNFIT:
        raise ValueError(f"metrics cannot contain {kind}, which {_UNFIT[kind]}. Remove it.")
    n_classes = getattr(metric, "num_classes", n_outputs)
    if n_classes != n_outputs:
        raise ValueError(
            f"metrics contains {kind}, which is for {counted(n_classes, 'class')}, but the "
            f"network has {n_outputs} outputs. Create it with num_classes={n_outputs}."
        )
    try:
        made = MetricOfLogits(metric, n_outputs)
        value = made.build_now()
    except Exception as error:
        raise ValueError(
            f"metrics contains {kind}, which cannot be computed from the probabilities of "
            f"{n_outputs} classes and one-hot targets: {error}"
        ) from error
    if isinstance(value, dict) or len(value.shape) > 0:
        raise ValueError(
            f"metrics contains {kind}, which gives more than one number. history_ takes one "
            "number per epoch: create it with settings for that, such as "
            'keras.metrics.F1Score(average="macro").'
        )
    return made


def _given_name(metric: keras.metrics.Metric) -> str:
    """Give the name that a metric has before Keras counts it."""
    base, _, count = metric.name.rpartition("_")
    return base if base and count.isdecimal() else metric.name


def metrics_key(metrics: Sequence[MetricOfLogits]) -> str | None:
    """Describe metrics, so that programs with equal ones can be shared.

    Parameters
    ----------
    metrics : sequence of MetricOfLogits
        Of one fit.

    Returns
    -------
    key : str or None
        None if one is not Keras' own.
    """
    inner = [metric.metric for metric in metrics]
    if any(True for metric in inner for _ in custom_objects(metric)):
        return None
    return json.dumps([keras.saving.serialize_keras_object(metric) for metric in inner])


def is_better_if_smaller(name: str, metrics: Sequence[MetricOfLogits]) -> bool:
    """Tell whether a quantity of ``history_`` should fall.

    Parameters
    ----------
    name : str
        Its name, with or without ``"val_"``.
    metrics : sequence of MetricOfLogits
        Of the fit.

    Returns
    -------
    smaller : bool
        True for losses and errors.

    Raises
    ------
    ValueError
        If ``history_`` will not have it.
    """
    known = ["loss", "accuracy", *(metric.name for metric in metrics)]
    plain = name.removeprefix("val_")
    if plain not in known:
        raise ValueError(
            f"monitor must be one of {', '.join(known)}, with or without 'val_' before it; got "
            f"{name!r}. Metrics are recorded if you name them in metrics."
        )
    found = [metric.metric for metric in metrics if metric.name == plain]
    if plain in ("loss", "accuracy"):
        return plain == "loss"
    direction = metric_direction(found[0])
    if direction is not None:
        return direction == "down"
    return any(word in plain for word in ("loss", "error", "false"))
