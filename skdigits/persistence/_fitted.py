"""What the fitted attributes in a file may be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .._archive import is_count, shown
from .._plurals import counted
from ..exceptions import ModelFileError


def _is_shape(value: Any) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) > 0
        and all(is_count(side) and side > 0 for side in value)
    )


def _is_history(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str)
        and isinstance(figures, list)
        and all(type(figure) in (float, int) for figure in figures)
        for name, figures in value.items()
    )


def _is_label(value: Any) -> bool:
    return type(value) in (bool, float, int, str)


def _are_labels(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 1 and len(value) > 0


def _are_names(value: Any) -> bool:
    return _are_labels(value) and all(isinstance(name, str) for name in value)


def _are_estimators(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, BaseEstimator) for item in value)


#: How each attribute is checked, and what is expected, in words.
_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "classes_": (_are_labels, "a list of labels"),
    "estimators_": (_are_estimators, "a list of estimators"),
    "feature_names_in_": (_are_names, "a list of texts"),
    "history_": (_is_history, "lists of numbers by name"),
    "image_shape_": (_is_shape, "sizes of at least 1"),
    "input_shape_": (_is_shape, "sizes of at least 1"),
    "n_epochs_": (is_count, "a whole number from 0 on"),
    "n_features_in_": (is_count, "a whole number from 0 on"),
    "outlier_label_": (_is_label, "a label"),
    "output_shape_": (_is_shape, "sizes of at least 1"),
    "sample_shape_": (_is_shape, "sizes of at least 1"),
}


def check_fitted(name: str, fitted: dict[str, Any]) -> None:
    """Check the fitted attributes of an estimator, each and with the others.

    Parameters
    ----------
    name : str
        Its class.
    fitted : dict of str to object
        By name of attribute.

    Raises
    ------
    ModelFileError
        If one cannot be what a fit has left.
    """
    for key, value in fitted.items():
        is_right, expected = _KINDS[key]
        if not is_right(value):
            raise ModelFileError(
                f"expected {expected} for {key} of {name}, found {shown(value)}. Do not use it."
            )
    n_features = fitted.get("n_features_in_")
    if n_features is None:
        return
    for key, value in fitted.items():
        if key.endswith("_shape_") and math.prod(value) != n_features:
            raise ModelFileError(
                f"samples of shape {shown(value)} do not have {counted(n_features, 'feature')}, "
                f"as {name} says. Do not use it."
            )
    names = fitted.get("feature_names_in_")
    if names is not None and len(names) != n_features:
        raise ModelFileError(
            f"{counted(len(names), 'name')} cannot be those of {counted(n_features, 'feature')} "
            f"of {name}. Do not use it."
        )
