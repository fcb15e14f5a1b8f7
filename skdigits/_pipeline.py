"""The steps of a model: of a Pipeline, also of nested ones and of one that a search has found."""

from __future__ import annotations

from typing import Any

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

#: A step with these parameters frames images of any size.
_FRAMING = ("invert", "handle_blank")


def leaf_steps(model: Any) -> list[Any]:
    """List the steps of a Pipeline, also of nested ones; a classifier is its own single step.

    A search stands for the best estimator that it has found, a FrozenEstimator for its estimator.
    """
    while isinstance(model, FrozenEstimator) or hasattr(model, "best_estimator_"):
        frozen = isinstance(model, FrozenEstimator)
        model = model.estimator if frozen else model.best_estimator_
    if isinstance(model, Pipeline):
        return [leaf for _, step in model.steps for leaf in leaf_steps(step)]
    return [] if model is None or isinstance(model, str) else [model]


def is_framing(step: Any) -> bool:
    """Say whether a step frames images of any size, as an `MNISTNormalizer` does."""
    return all(hasattr(step, parameter) for parameter in _FRAMING)


def divide_steps(model: Any) -> tuple[list[Any], list[Any]]:
    """Divide the steps of a model after the last one that frames images.

    Parameters
    ----------
    model : classifier or Pipeline
        Fitted.

    Returns
    -------
    framing, rest : list
        The steps up to the last one that frames, an empty list if none does; and those after
        it, which end in the classifier.
    """
    steps = leaf_steps(model)
    n_framing = max((n for n, step in enumerate(steps, start=1) if is_framing(step)), default=0)
    return steps[:n_framing], steps[n_framing:]
