"""Proof that a network is the one that was saved: what it gives for made-up samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._typing import FloatArray

if TYPE_CHECKING:
    from ..neural_network import BaseKerasClassifier

_TRIAL_ROWS = 2
#: Of a logit, or of one that is usual for the network.
_TOLERANCE = 1e-4


def trial_logits(classifier: BaseKerasClassifier) -> FloatArray:
    """Run the network of a classifier on two made-up samples.

    Parameters
    ----------
    classifier : BaseKerasClassifier
        Fitted.

    Returns
    -------
    logits : ndarray of float32, shape (2, n_classes)
        The same for networks that compute the same, but for rounding.
    """
    random, shape = np.random.RandomState(0), classifier.input_shape_
    # NumPy draws in float64, which would take twice the memory for all rows at once.
    rows = [random.random_sample(shape).astype(np.float32) for _ in range(_TRIAL_ROWS)]
    return classifier._run_network(np.stack(rows))  # noqa: SLF001 - as it predicts


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
    # usual logits. A class with huge logits does not widen the tolerance of the others.
    largest = np.abs(expected).max(axis=0)
    usual = np.sort(largest)[(len(largest) - 1) // 2]
    tolerance = _TOLERANCE * np.maximum(1.0, np.maximum(largest, usual))
    return bool((np.abs(found - expected) <= tolerance).all())
