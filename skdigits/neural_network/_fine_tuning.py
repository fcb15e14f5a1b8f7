"""A trained network learns a new hand from a few images, and keeps what it knows."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._plurals import counted
from .._typing import AnyArray, ArrayLike, FloatArray, RandomState
from ._base import BaseKerasClassifier
from ._tuning_images import Labelled, Start, choose_old
from .augmentation import PRESETS, ImageAugmentation, find_augmentation

#: Share of the new images, repeated if there are few, among those that are trained on.
_NEW_SHARE = 0.3
#: The log loss of old images that are not trained on may grow by this share. On MNIST's training
#: images that is less than 0.1% more errors, of which too few are among those that are checked. A
#: log loss below the second number, as of images that are known by heart, counts as that.
_MOST_FORGOTTEN, _LEAST_LOG_LOSS = 0.3, 0.01
#: Learning rates, and shares of the trained weights in their mean with the old ones. Of both, one
#: is chosen by cross-validation with so many folds. It takes one of so many old images, which
#: takes less time and chooses the same.
_RATES, _SHARES = (0.001, 0.005), (0.0, 0.25, 0.5, 0.75, 1.0)
_N_FOLDS, _ONE_OF = 2, 3
#: With fewer new images than the first number there is no cross-validation, and this share.
_LEAST_FOR_FOLDS, _SHARE_FOR_FEW = 30, 0.75
#: So large a share of the old images has the lowest scores, which stay as they were.
_LOWEST_SCORES = 0.05
#: How images may be changed at random if the network was trained without that, and the side in
#: pixels of the images that these changes are meant for.
_CHANGES, _SIDE = PRESETS["strong"], 28
#: How it is trained, in place of the classifier's own parameters.
_TRAINING: dict[str, Any] = {
    "optimizer": "adam",
    "learning_rate_schedule": "cosine",
    "weight_decay": None,
    "batch_size": 64,
    "weight_averaging": 0.0,
    "validation_fraction": None,
    "early_stopping": False,
    "class_weight": None,
    "metrics": None,
    "monitor": "val_loss",
    "callbacks": None,
    "checkpoint_dir": None,
    "verbose": 0,
    "warm_start": True,
}
#: It is trained on about so many samples in all, in at least one epoch.
_N_SAMPLES = 45_000
_MAX_SEED = np.iinfo(np.int32).max


class _Training(NamedTuple):
    """The learning rate, and the random changes of images."""

    rate: float
    augmentation: ImageAugmentation | None


def fine_tune(
    pipeline: Any,
    X: ArrayLike,
    y: ArrayLike,
    *,
    X_old: ArrayLike | None = None,
    y_old: ArrayLike | None = None,
    random_state: RandomState = None,
    verbose: int = 0,
) -> Any:
    """Train a fitted network further on images of a new hand, without forgetting the old ones.

    A few dozen images are enough for a single hand that the network reads badly; the digits of
    many writers take some hundreds. The network is trained on the new images and on a sample of
    those that it was trained on before. The result has a weighted mean of the weights before and
    after. Cross-validation on the new images chooses how much the new weights count; they count
    less if the network would forget old images.

    Parameters
    ----------
    pipeline : Pipeline or BaseKerasClassifier
        Fitted, such as that of `load_pretrained`. Its last step is a `KerasCNNClassifier`, a
        `KerasMLPClassifier` or another `BaseKerasClassifier`. It is not changed.
    X : array-like or list of ndarray
        New images, as ``pipeline.predict`` takes them.
    y : array-like of shape (n_samples,)
        Their labels. Not every class must occur. The ``outlier_label`` of a network that has
        one is for images that show none of the classes.
    X_old : array-like or list of ndarray, default=None
        Images that the network was trained on, of which a sample is used. None uses MNIST's
        training images if the classes are the ten digits.
    y_old : array-like of shape (n_old_samples,), default=None
        Their labels.
    random_state : int, RandomState instance or None, default=None
        Seed of the sample and of the training. With an int, results repeat bit for bit on one
        machine.
    verbose : int, default=0
        Whether to print what is chosen.

    Returns
    -------
    tuned : Pipeline or BaseKerasClassifier
        A fitted copy of ``pipeline`` with other weights. The steps before the network, all
        parameters and the training history are the same.

    Raises
    ------
    TypeError
        If the last step is not a Keras classifier of skdigits.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If ``y`` has labels that the network does not know, or if ``X_old`` is needed.

    See Also
    --------
    load_pretrained : Loads a Pipeline to start from.
    BaseKerasClassifier.partial_fit : Trains on new samples alone.

    Notes
    -----
    The network is trained with Adam at a learning rate that cross-validation chooses too, and
    with its own ``augmentation``; if it has none, cross-validation chooses between none and
    ``"strong"``. If it has an ``outlier_label``, and none of the old images have this label,
    images of no digit are made from the old images: digits are cut apart and joined, turned, and
    written over each other. Those that the network takes for outliers are trained on as outliers.
    After that, the network takes about as many old images for outliers as before.

    Examples
    --------
    A network that was trained on upright digits learns slanted ones.

    >>> from sklearn.datasets import load_digits
    >>> from skdigits import KerasMLPClassifier
    >>> from skdigits.neural_network import fine_tune
    >>> X, y = load_digits(return_X_y=True)
    >>> X = X.reshape(-1, 8, 8) / 16
    >>> classifier = KerasMLPClassifier(random_state=0).fit(X[:1000], y[:1000])
    >>> slanted = X.copy()
    >>> slanted[:, :4] = X[:, :4].take([7, 0, 1, 2, 3, 4, 5, 6], axis=2)
    >>> tuned = fine_tune(
    ...     classifier, slanted[1000:1200], y[1000:1200], X_old=X[:1000], y_old=y[:1000],
    ...     random_state=0,
    ... )
    >>> bool(tuned.score(slanted[1200:], y[1200:]) > classifier.score(slanted[1200:], y[1200:]))
    True
    """
    start = _divide(pipeline)
    rng = check_random_state(random_state)
    new = start.prepare(X, y)
    old, checked = choose_old(start, X, X_old, y_old, len(new.y), rng)
    seed = int(rng.randint(_MAX_SEED))
    tuned = copy.deepcopy(pipeline)
    last = tuned[-1] if isinstance(tuned, Pipeline) else tuned
    last.model_.set_weights(_FineTuning(start, new, old, checked, seed, verbose).run())
    # A copy is at rest: nobody else has its network.
    return copy.deepcopy(tuned)


def _divide(pipeline: Any) -> Start:
    """Divide a model into the steps before the network, if any, and a copy of the network."""
    is_pipeline = isinstance(pipeline, Pipeline)
    classifier = pipeline.steps[-1][1] if is_pipeline else pipeline
    if not isinstance(classifier, BaseKerasClassifier):
        raise TypeError(
            "Expected a Pipeline whose last step is a Keras classifier of skdigits, such as "
            "KerasCNNClassifier, or such a classifier alone. Found "
            f"{type(classifier).__name__}. Of a search, pass best_estimator_; of an ensemble, "
            "fine-tune each network. Other classifiers must be fitted again on all images."
        )
    check_is_fitted(
        classifier,
        msg="This %(name)s is not fitted, so there is no network to train further. Call fit "
        "first, or load a trained model with load_pretrained or load_model.",
    )
    has_steps = is_pipeline and len(pipeline.steps) > 1
    return Start(pipeline[:-1] if has_steps else None, _working_copy(classifier))


class _FineTuning:
    """Trains copies of a network on new and old images, and chooses how much to change.

    Parameters
    ----------
    start : Start
        The network. It is not changed.
    new, old : Labelled
        Images to train on.
    checked : Labelled
        Other old images of the classes, on which is checked that they are still known.
    seed : int
        Seed of the folds and of the training.
    verbose : int
        Whether to print what is chosen.
    """

    def __init__(
        self,
        start: Start,
        new: Labelled,
        old: Labelled,
        checked: Labelled,
        seed: int,
        verbose: int,
    ) -> None:
        self._start = start
        self._new, self._old, self._checked = new, old, checked
        self._seed, self._verbose = seed, verbose

    @property
    def _before(self) -> BaseKerasClassifier:
        return self._start.network

    def run(self) -> list[AnyArray]:
        """Compute the weights of the tuned network."""
        training, share = self._choose()
        tuned = copy.deepcopy(self._before)
        if share:
            weights = self._train(self._new, self._old, training)
            share = self._limit_share(weights, share)
            tuned.model_.set_weights(self._mean(weights, share))
            if hasattr(tuned, "outlier_label_"):
                self._restore_scores(tuned)
        tuned_weights: list[AnyArray] = tuned.model_.get_weights()
        return tuned_weights

    def _choose(self) -> tuple[_Training, float]:
        """Choose how to train, and the share of the trained weights."""
        trainings = _trainings(self._start)
        of_classes = np.isin(self._new.y, self._before.classes_)
        rows = np.arange(len(of_classes))
        if of_classes.sum() < _LEAST_FOR_FOLDS:
            if self._before.augmentation is None:
                # Too few to compare by: old images show which training does the least harm.
                _, old_loss = self._compare(trainings, [_SHARE_FOR_FEW], [(rows, rows[:0])])
                trainings = [trainings[old_loss.argmin()]]
            return trainings[0], _SHARE_FOR_FEW
        folds = KFold(_N_FOLDS, shuffle=True, random_state=self._seed).split(rows)
        loss, old_loss = self._compare(
            trainings, _SHARES, [(kept, held[of_classes[held]]) for kept, held in folds]
        )
        i, j = _most_change(loss, old_loss <= _allowed(old_loss[0, 0]))
        is_changed = self._before.augmentation is None and trainings[i].augmentation is not None
        changes = " and random changes of images" if is_changed else ""
        self._print(
            f"Log loss of new images in cross-validation: {loss[0, 0].mean():.4f} before, "
            f"{loss[i, j].mean():.4f} with learning rate {trainings[i].rate}{changes}; new "
            f"weights count {_SHARES[j]:.0%}"
        )
        return trainings[i], _SHARES[j]

    def _compare(
        self,
        trainings: Sequence[_Training],
        shares: Sequence[float],
        folds: Sequence[tuple[AnyArray, AnyArray]],
    ) -> tuple[FloatArray, FloatArray]:
        """Compute the log loss of each new image that is held out, and that of old images."""
        old, checked = (
            part.take(np.arange(0, len(part.y), _ONE_OF)) for part in (self._old, self._checked)
        )
        network = copy.deepcopy(self._before)
        loss: list[list[list[FloatArray]]] = [[[] for _ in shares] for _ in trainings]
        old_loss = np.zeros((len(trainings), len(shares)))
        for kept, held in folds:
            new = self._new.take(held)
            for i, training in enumerate(trainings):
                weights = self._train(self._new.take(kept), old, training, 1 / _ONE_OF)
                for j, share in enumerate(shares):
                    network.model_.set_weights(self._mean(weights, share))
                    loss[i][j].append(_log_losses(network, new))
                    old_loss[i, j] += _log_loss(network, checked) / len(folds)
        return np.array([[np.concatenate(each) for each in row] for row in loss]), old_loss

    def _limit_share(self, weights: list[AnyArray], share: float) -> float:
        """Lower the share of the trained weights until old images are known nearly as before."""
        network = copy.deepcopy(self._before)
        loss_before = _log_loss(network, self._checked)
        for lower in sorted((each for each in _SHARES if each <= share), reverse=True):
            network.model_.set_weights(self._mean(weights, lower))
            loss = _log_loss(network, self._checked)
            if loss <= _allowed(loss_before):
                break
        self._print(
            f"Log loss of {counted(len(self._checked.y), 'old image')}: {loss_before:.4f} before, "
            f"{loss:.4f} after; new weights count {lower:.0%}"
        )
        return lower

    def _restore_scores(self, tuned: BaseKerasClassifier) -> None:
        """Shift the logit of outliers so that old images have scores as low as before."""
        import keras

        last = tuned.model_.layers[-1]
        if len(self._checked.y) and isinstance(last, keras.layers.Dense) and last.use_bias:
            before, after = (
                np.quantile(network.score_samples(self._checked.x), _LOWEST_SCORES)
                for network in (self._before, tuned)
            )
            kernel, bias = last.get_weights()
            bias[-1] += after - before
            last.set_weights([kernel, bias])

    def _train(
        self, new: Labelled, old: Labelled, training: _Training, part: float = 1.0
    ) -> list[AnyArray]:
        """Train a copy of the network, on part of the usual number of samples."""
        n_times = _NEW_SHARE / (1 - _NEW_SHARE) * len(old.y) / len(new.y)
        repeated = new.take(np.tile(np.arange(len(new.y)), max(round(n_times), 1)))
        network = copy.deepcopy(self._before)
        X, y = np.concatenate([repeated.x, old.x]), np.concatenate([repeated.y, old.y])
        changes = {
            "learning_rate": training.rate,
            "augmentation": training.augmentation,
            "epochs": max(1, round(part * _N_SAMPLES / len(y))),
            "random_state": self._seed,
        }
        for name, value in {**_TRAINING, **changes}.items():
            setattr(network, name, value)
        network.fit(X, y)
        weights: list[AnyArray] = network.model_.get_weights()
        return weights

    def _mean(self, weights: list[AnyArray], share: float) -> list[FloatArray]:
        """Average the weights before and after training."""
        return [
            ((1 - share) * before + share * after).astype(before.dtype)
            for before, after in zip(self._before.model_.get_weights(), weights, strict=True)
        ]

    def _print(self, text: str) -> None:
        """Print a line if asked for."""
        if self._verbose:
            from ._engine._history import print_line  # loads TensorFlow

            print_line(text)


def _trainings(start: Start) -> list[_Training]:
    """List how a network may be trained: the least change first."""
    augmentations = [find_augmentation(start.network.augmentation)]
    shape = start.image_shape()
    if augmentations == [None] and shape is not None:
        changes = _CHANGES.get_params()
        for name in ("shift", "elastic", "elastic_scale"):
            changes[name] *= min(shape[:2]) / _SIDE
        augmentations.append(ImageAugmentation(**changes))
    return [_Training(rate, each) for rate in _RATES for each in augmentations]


def _most_change(loss: FloatArray, is_allowed: AnyArray) -> tuple[int, int]:
    """Find the largest share whose log loss is not clearly worse than the best one.

    That is by at most one standard error, as of few images, most of which are read rightly, the
    best one is a matter of chance.
    """
    mean = np.where(is_allowed, loss.mean(axis=2), np.inf)
    best = np.unravel_index(mean.argmin(), mean.shape)
    worse = loss - loss[best]
    standard_error = worse.std(axis=2) / np.sqrt(loss.shape[2])
    is_good = is_allowed & (worse.mean(axis=2) <= standard_error)
    j = int(np.flatnonzero(is_good.any(axis=0))[-1])
    return int(is_good[:, j].argmax()), j


def _log_losses(network: BaseKerasClassifier, samples: Labelled) -> FloatArray:
    """Compute the log loss of each sample; all are of the classes."""
    if not len(samples.y):
        return np.zeros(0)
    codes = np.searchsorted(network.classes_, samples.y)
    log_probabilities = network.predict_log_proba(samples.x)
    losses: FloatArray = -log_probabilities[np.arange(len(codes)), codes]
    return losses


def _log_loss(network: BaseKerasClassifier, samples: Labelled) -> float:
    """Compute the mean log loss of samples; 0 if there are none."""
    return float(_log_losses(network, samples).sum()) / max(len(samples.y), 1)


def _allowed(loss: float) -> float:
    """Compute how large the log loss of old images may become."""
    return loss + _MOST_FORGOTTEN * max(loss, _LEAST_LOG_LOSS)


def _working_copy(classifier: BaseKerasClassifier) -> BaseKerasClassifier:
    """Copy a classifier for predictions of single images, without names of columns."""
    network = copy.deepcopy(classifier)
    network.test_time_shift, network.test_time_rotation = 0, 0.0
    if hasattr(network, "feature_names_in_"):
        del network.feature_names_in_
    return network
