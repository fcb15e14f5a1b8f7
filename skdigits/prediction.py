"""Predictions for more samples than fit into memory once they are scaled."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing, gen_even_slices
from sklearn.utils.validation import _num_samples

from ._typing import AnyArray, ArrayLike
from .exceptions import UnknownNameError

__all__ = ["predict_in_batches"]

_METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "score_samples")


def predict_in_batches(
    model: Any, X: ArrayLike, *, method: str = "predict", batch_size: int = 10_000
) -> AnyArray:
    """Predict many samples, batch by batch.

    A Pipeline transforms all samples before its classifier sees the first one: a million
    images of MNIST take 0.8 GB as bytes, and 3.1 GB more once they are scaled. In batches,
    only the scaled samples of one batch are in memory.

    Parameters
    ----------
    model : estimator
        A fitted classifier, or a fitted Pipeline that ends in one.
    X : array-like of shape (n_samples, ...)
        Samples, in any container that the model takes: an array, an array in a file
        (`numpy.memmap`), a list of images, or a data frame.
    method : {"predict", "predict_proba", "predict_log_proba", "decision_function", \
            "score_samples"}, default="predict"
        The method of the model to call.
    batch_size : int, default=10_000
        Largest number of samples in a batch, at least 1. The batches are of nearly equal size.

    Returns
    -------
    predictions : ndarray of shape (n_samples,) or (n_samples, n_classes)
        What the method returns for all samples. The numbers are the same, bit for bit, as
        for all samples at once, if the model computes each sample by itself, as skdigits'
        classifiers do with ONNX Runtime. Other models may round differently.

    Raises
    ------
    UnknownNameError
        If `method` is not one of those named above.
    ValueError
        If `batch_size` is less than 1, or if the model refuses the samples.
    AttributeError
        If the model does not have the method.

    See Also
    --------
    sklearn.model_selection.cross_val_predict : Predicts each sample by a model that has
        not been trained on it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import Perceptron
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits import ImageScaler, load_mnist, predict_in_batches
    >>> X, y = load_mnist(subset="test", return_X_y=True)
    >>> model = make_pipeline(ImageScaler(), Perceptron(random_state=0)).fit(X[:500], y[:500])
    >>> predicted = predict_in_batches(model, X, batch_size=1000)
    >>> np.array_equal(predicted, model.predict(X))
    True
    """
    if method not in _METHODS:
        raise UnknownNameError("method", method, _METHODS)
    if not isinstance(batch_size, Integral) or batch_size < 1:
        raise ValueError(f"batch_size must be an integer of at least 1, got {batch_size!r}.")
    predict: Callable[[ArrayLike], AnyArray] = getattr(model, method)
    n_samples = _num_samples(X)
    if n_samples <= batch_size:
        return predict(X)
    first, *others = gen_even_slices(n_samples, -(-n_samples // int(batch_size)))
    part = np.asarray(predict(_safe_indexing(X, first)))
    predictions = np.empty((n_samples, *part.shape[1:]), part.dtype)
    predictions[first] = part
    with warnings.catch_warnings():
        # The first batch has warned of them.
        warnings.filterwarnings("ignore", ".*feature names", UserWarning)
        for rows in others:
            part = np.asarray(predict(_safe_indexing(X, rows)))
            # Strings of a later batch may be longer.
            predictions = predictions.astype(np.result_type(predictions, part), copy=False)
            predictions[rows] = part
    return predictions
