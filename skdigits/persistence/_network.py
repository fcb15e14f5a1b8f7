"""A classifier's network from its parameters and weights, and proof that it is the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import AnyArray, FloatArray
from ..neural_network._inference import predict_logits
from ..neural_network._losses import make_loss
from ..neural_network._networks import (
    _fresh_initializer,
    build_with_seed,
    compile_network,
)
from ..neural_network._optimizers import make_optimizer
from ..neural_network._threads import respect_share_of_cores

if TYPE_CHECKING:
    import keras

_TRIAL_ROWS = 2
#: Of a logit, or of one that is usual for the network.
_TOLERANCE = 1e-4


def rebuild_network(classifier: Any, weights: Sequence[AnyArray]) -> keras.Model:
    """Build the network that a classifier's parameters describe, with given weights.

    Parameters
    ----------
    classifier : BaseKerasClassifier
        Knows its classes and shapes already.
    weights : sequence of ndarray
        In the order of `keras.Model.get_weights`.

    Returns
    -------
    network : keras.Model
        Compiled with a new optimiser, whose learning rate is constant where the
        parameters name a schedule: that of a training which is over.

    Raises
    ------
    ValueError
        If parameters, shapes and weights do not belong together.
    """
    respect_share_of_cores()
    network = _build(classifier, weights)
    network.set_weights(list(weights))
    schedule = classifier.learning_rate_schedule
    optimizer = make_optimizer(
        classifier.optimizer,
        classifier.learning_rate,
        None if isinstance(schedule, str) else schedule,
        classifier.weight_decay,
        steps_per_epoch=1,
        epochs=classifier.epochs,
    )
    loss = make_loss(classifier.loss, classifier.label_smoothing)
    compile_network(network, optimizer, loss)
    return network


def _build(classifier: Any, weights: Sequence[AnyArray]) -> keras.Model:
    """Build a network with kernels of zeros, and none for which there are no weights.

    So it takes no time to draw them, and no memory for a network that a made-up file
    describes and does not hold.
    """
    left = Counter(weight.shape for weight in weights)

    def zeros(shape: Sequence[int], dtype: Any = None) -> FloatArray:
        left[tuple(shape)] -= 1
        if left[tuple(shape)] < 0:
            raise ValueError(f"no weights of shape {tuple(shape)} for a layer of its network")
        return np.zeros(shape, dtype)

    params = classifier.get_params(deep=False)
    model = type(classifier)(**params | {"kernel_initializer": zeros})

    def build() -> keras.Model:
        network = model._build_network(classifier.input_shape_, len(classifier.classes_))
        for layer in network.layers:
            if getattr(layer, "kernel_initializer", None) is zeros:
                layer.kernel_initializer = _fresh_initializer(params["kernel_initializer"])
        return network

    return build_with_seed(build, seed=0)


def trial_logits(network: keras.Model) -> FloatArray:
    """Run a network on two made-up samples.

    Parameters
    ----------
    network : keras.Model
        Maps samples to logits.

    Returns
    -------
    logits : ndarray of float32, shape (2, n_classes)
        The same for networks that compute the same, but for rounding.
    """
    random, shape = np.random.RandomState(0), network.input_shape[1:]
    # NumPy draws in float64, which would take twice the memory for all rows at once.
    rows = [random.random_sample(shape).astype(np.float32) for _ in range(_TRIAL_ROWS)]
    return predict_logits(network, np.stack(rows))


def is_same(found: FloatArray, expected: FloatArray) -> bool:
    """Whether two networks have given the same logits, but for rounding.

    Parameters
    ----------
    found, expected : ndarray of float32, shape (2, n_classes)
        From `trial_logits`; processors differ in their last digits.

    Returns
    -------
    same : bool
        True if they have.
    """
    if found.shape != expected.shape:
        return False
    # Rounding errors are those of numbers within the network, which are about as large as its
    # usual logits. One class whose logits are huge makes those of no other free.
    largest = np.abs(expected).max(axis=0)
    usual = np.sort(largest)[(len(largest) - 1) // 2]
    tolerance = _TOLERANCE * np.maximum(1.0, np.maximum(largest, usual))
    return bool((np.abs(found - expected) <= tolerance).all())
