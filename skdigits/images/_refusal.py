"""Who says that a sample shows none of the classes: one classifier, or several in an ensemble."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from scipy.special import log_expit, logsumexp

from .._pipeline import leaf_steps
from .._typing import AnyArray, ArrayLike, FloatArray


class RefusingClassifier(NamedTuple):
    """A classifier that has learned what shows none of its classes.

    Parameters
    ----------
    classifier : classifier
        Fitted with ``outlier_label``.
    share : float
        How much it counts among all of them in a model.
    before : tuple of callable
        What changes the samples of the model into those of the classifier.
    """

    classifier: Any
    share: float
    before: tuple[Callable[[Any], Any], ...]

    def score_samples(self, X: ArrayLike) -> FloatArray:
        """Compute the log odds of any class against none."""
        for change in self.before:
            X = change(X)
        scores: FloatArray = self.classifier.score_samples(X)
        return scores


def find_refusing(
    model: Any, share: float = 1.0, before: tuple[Callable[[Any], Any], ...] = ()
) -> list[RefusingClassifier]:
    """Find the classifiers in a model that have learned what shows none of the classes.

    Parameters
    ----------
    model : classifier
        A classifier, a search, a Pipeline, or an ensemble of such whose members take the same
        samples and predict the same classes: votes, bagging, stacking and calibration.
    share : float, default=1.0
        How much the model counts.
    before : tuple of callable, default=()
        What changes samples into those of the model.

    Returns
    -------
    refusing : list of RefusingClassifier
        Empty if the model cannot tell.
    """
    *steps, last = leaf_steps(model)
    before = (*before, *(step.transform for step in steps))
    if hasattr(last, "outlier_label_"):
        return [RefusingClassifier(last, share, before)]
    members = _members(last)
    total = sum(weight for _, weight, _ in members)
    return [
        each
        for member, weight, change in members
        for each in find_refusing(member, share * weight / total, before + change)
    ]


def can_refuse(model: Any) -> bool:
    """Say whether a model has learned what shows none of its classes."""
    return bool(find_refusing(model))


def refusal_threshold(model: Any) -> float:
    """Find the log odds below which a model says that a sample shows none of its classes.

    Parameters
    ----------
    model : classifier
        As for `find_refusing`.

    Returns
    -------
    threshold : float
        Minus infinity if the model cannot tell.
    """
    refusing = find_refusing(model)
    if not refusing:
        return -np.inf
    thresholds = np.array([[each.classifier.outlier_threshold] for each in refusing], float)
    return float(_mean_log_odds(refusing, thresholds)[0])


def score_samples(refusing: list[RefusingClassifier], X: ArrayLike) -> FloatArray:
    """Compute the log odds of the mean probability that samples show one of the classes.

    Parameters
    ----------
    refusing : list of RefusingClassifier
        At least one.
    X : array-like
        Samples as the model takes them.

    Returns
    -------
    scores : ndarray of shape (n_samples,)
        Positive if one of the classes is more probable than none.
    """
    return _mean_log_odds(refusing, np.array([each.score_samples(X) for each in refusing]))


def _mean_log_odds(refusing: list[RefusingClassifier], scores: FloatArray) -> FloatArray:
    """Average probabilities that are given as log odds, which keep those close to 1 apart."""
    odds: FloatArray = scores[0]
    if len(refusing) == 1:
        return odds
    shares = np.array([[each.share] for each in refusing])
    odds = logsumexp(log_expit(scores), axis=0, b=shares)
    odds -= logsumexp(log_expit(-scores), axis=0, b=shares)
    return odds


def outlier_position(classifier: Any) -> int | None:
    """Find the label of outliers among the classes of an ensemble, which no member predicts.

    Parameters
    ----------
    classifier : classifier
        The last of `leaf_steps`.

    Returns
    -------
    position : int or None
        Its place in ``classes_``; None if it is not there, as in a single classifier.
    """
    refusing = find_refusing(classifier)
    if not refusing or refusing[0].classifier is classifier:
        return None
    label, n_classes = refusing[0].classifier.outlier_label_, len(classifier.classes_)
    if hasattr(classifier, "calibrated_classifiers_"):
        found = np.flatnonzero(np.asarray(classifier.classes_ == label))
        return int(found[0]) if len(found) else None
    is_number = _numbers_labels(classifier) and isinstance(label, Integral)
    return int(label) if is_number and int(label) in range(n_classes) else None


def _members(ensemble: Any) -> list[tuple[Any, float, tuple[Callable[[Any], Any], ...]]]:
    """List the members of an ensemble, how much each counts, and what selects its features."""
    # Recognised by what scikit-learn documents, because importing all ensembles takes long.
    if hasattr(ensemble, "calibrated_classifiers_"):
        return [(each.estimator, 1.0, ()) for each in ensemble.calibrated_classifiers_]
    if hasattr(ensemble, "estimators_features_"):
        return [
            (member, 1.0, (partial(_select, columns=columns),))
            for member, columns in zip(
                ensemble.estimators_, ensemble.estimators_features_, strict=True
            )
        ]
    if hasattr(ensemble, "stack_method_"):
        return [(member, 1.0, ()) for member in ensemble.estimators_]
    if _numbers_labels(ensemble):
        weights = ensemble.weights
        if weights is None:
            weights = [1.0] * len(ensemble.estimators)
        voters = zip(ensemble.estimators, weights, strict=True)
        kept = [float(weight) for (_, voter), weight in voters if voter != "drop"]
        return [
            (member, weight, ()) for member, weight in zip(ensemble.estimators_, kept, strict=True)
        ]
    return []


def _numbers_labels(ensemble: Any) -> bool:
    """Whether an ensemble replaces the labels by numbers from 0 on: votes, and bagging."""
    return hasattr(ensemble, "le_") or hasattr(ensemble, "estimators_features_")


def _select(X: AnyArray, columns: AnyArray) -> AnyArray:
    """Select features."""
    return X[:, columns]
