"""A trained network learns a new hand from a few images, and keeps what it knows."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing, check_random_state, column_or_1d
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from .._plurals import counted
from .._typing import AnyArray, ArrayLike, FloatArray, RandomState
from .._warnings import warn_user
from ._base import BaseKerasClassifier
from .augmentation._random_changes import PRESETS, ImageAugmentation, find_augmentation

#: Old images that are trained on; more if there are more new ones than that. Many that are seen
#: once keep more of what was known than few that are seen several times.
_N_OLD = 12_000
#: Images of no class that are made for each of them, if the network knows such images.
_OUTLIERS_EACH = 0.5
#: Share of the new images, repeated if there are few, among those that are trained on.
_NEW_SHARE = 0.3
#: Other old images, on which is checked that nothing has been forgotten, and at most what share
#: of all old images they are.
_N_CHECKED, _CHECKED_SHARE = 4_000, 0.5
#: Their log loss may grow by this share. On MNIST's training images that is less than 0.1% more
#: errors, of which too few are among those that are checked. A log loss below the second number,
#: as of images that are known by heart, counts as that.
_MOST_FORGOTTEN, _LEAST_LOG_LOSS = 0.2, 0.01
#: Learning rates, and shares of the trained weights in their mean with the old ones. Of both, one
#: is chosen by cross-validation with so many folds. It takes one of so many old images, which
#: takes less time and chooses the same.
_RATES, _SHARES = (0.001, 0.005), (0.0, 0.25, 0.5, 0.75, 1.0)
_N_FOLDS, _ONE_OF = 2, 3
#: The lowest rate is chosen, and with it the smallest share, that gain so much of what the best
#: gain in log loss.
_ENOUGH = 0.98
#: With fewer new images than the first number there is no cross-validation, and this share.
_LEAST_FOR_FOLDS, _SHARE_FOR_FEW = 30, 0.75
#: So large a share of the old images has the lowest scores, which stay as they were.
_LOWEST_SCORES = 0.05
#: How images may be changed at random if the network was trained without that, at MNIST's size,
#: and the least side of an image in pixels.
_CHANGES, _MNIST_SIDE, _LEAST_SIDE = PRESETS["strong"], 28, 8
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


class _Labelled(NamedTuple):
    """Samples as the network takes them, and their labels."""

    x: AnyArray
    y: AnyArray

    def take(self, rows: AnyArray) -> _Labelled:
        """Take some of them."""
        return _Labelled(self.x[rows], self.y[rows])


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
    steps, classifier = _divide(pipeline)
    rng = check_random_state(random_state)
    new = _prepare(steps, classifier, X, y, "")
    old, checked = _choose_old(steps, classifier, X, X_old, y_old, len(new.y), rng)
    if hasattr(classifier, "outlier_label_") and not (old.y == classifier.outlier_label_).any():
        old = _with_outliers(classifier, old, rng)
    seed = int(rng.randint(_MAX_SEED))
    checked = checked.take(np.flatnonzero(np.isin(checked.y, classifier.classes_)))
    training, share = _choose(classifier, new, old, checked, seed, verbose=verbose)
    tuned = copy.deepcopy(pipeline)
    if share:
        weights = _train(classifier, new, old, training, seed)
        share = _limit_share(classifier, weights, share, checked, verbose=verbose)
        network = copy.deepcopy(classifier)
        network.model_.set_weights(_mean(network.model_.get_weights(), weights, share))
        if hasattr(classifier, "outlier_label_"):
            _restore_scores(network, classifier, checked)
        last = tuned[-1] if isinstance(tuned, Pipeline) else tuned
        last.model_.set_weights(network.model_.get_weights())
    # A copy is at rest: nobody else has its network.
    return copy.deepcopy(tuned)


def _divide(pipeline: Any) -> tuple[Pipeline | None, BaseKerasClassifier]:
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
    return (pipeline[:-1] if has_steps else None), _working_copy(classifier)


def _prepare(
    steps: Pipeline | None, classifier: BaseKerasClassifier, X: ArrayLike, y: ArrayLike, which: str
) -> _Labelled:
    """Check labels and transform images to what the network takes."""
    y = column_or_1d(y)
    check_consistent_length(X, y)
    known = classifier.classes_.tolist()
    if hasattr(classifier, "outlier_label_"):
        known.append(classifier.outlier_label_)
    unknown = [label for label in np.unique(y).tolist() if label not in known]
    if unknown:
        raise ValueError(
            f"y{which} has labels that the network does not know: {unknown}. It knows {known}. "
            "Fine-tuning cannot add classes: leave these images out, or train a new network on "
            "the images of all classes."
        )
    return _Labelled(np.asarray(X if steps is None else steps.transform(X)), y)


def _choose_old(
    steps: Pipeline | None,
    classifier: BaseKerasClassifier,
    X: ArrayLike,
    X_old: ArrayLike | None,
    y_old: ArrayLike | None,
    n_new: int,
    rng: np.random.RandomState,
) -> tuple[_Labelled, _Labelled]:
    """Sample old images to train on, and others to check."""
    if (X_old is None) != (y_old is None):
        missing = "X_old" if X_old is None else "y_old"
        raise ValueError(f"{missing} is missing: pass both X_old and y_old, or neither.")
    is_mnist = X_old is None
    if is_mnist:
        X_old, y_old = _load_old(classifier, is_flat=getattr(X, "ndim", 3) == 2)
    check_consistent_length(X_old, y_old)
    rows = rng.permutation(len(column_or_1d(y_old)))
    n_checked = min(_N_CHECKED, int(_CHECKED_SHARE * len(rows)))
    rows = rows[: n_checked + max(_N_OLD, n_new)]
    try:
        old = _prepare(
            steps, classifier, _safe_indexing(X_old, rows), _safe_indexing(y_old, rows), "_old"
        )
        # The network takes them, or says in its own words why not.
        classifier.predict(old.x[:1])
    except ValueError as error:
        if not is_mnist:
            raise
        raise ValueError(
            f"This model does not take MNIST's images ({error}). Pass X_old and y_old: images "
            "that it was trained on, and their labels."
        ) from error
    return old.take(np.arange(n_checked, len(rows))), old.take(np.arange(n_checked))


def _load_old(classifier: BaseKerasClassifier, *, is_flat: bool) -> tuple[AnyArray, AnyArray]:
    """Load MNIST's training images, with labels as the classifier has them."""
    if classifier.classes_.astype(str).tolist() != [str(digit) for digit in range(10)]:
        raise ValueError(
            f"The classes are {classifier.classes_.tolist()}, not the ten digits of MNIST. Pass "
            "X_old and y_old: images that the network was trained on, and their labels. A sample "
            "of them is trained on again, so that the network does not forget them."
        )
    from ..datasets import load_mnist  # readers of pictures, which prediction does not need

    mnist = load_mnist(subset="train")
    return mnist.data if is_flat else mnist.images, classifier.classes_[mnist.target]


def _with_outliers(
    classifier: BaseKerasClassifier, old: _Labelled, rng: np.random.RandomState
) -> _Labelled:
    """Add images that the network takes for outliers, made from those of the classes."""
    shape = _image_shape(classifier)
    if shape is None or np.prod(shape) != old.x[0].size:
        warn_user(
            "The network has an outlier_label, but there are no outliers to train on, and none "
            "can be made because the samples are not images. Add outliers to X_old and y_old, or "
            "the network may forget them."
        )
        return old
    images = old.x.reshape(len(old.x), *shape)
    made = _not_digits(images, images[rng.permutation(len(images))], rng)
    made = made[rng.permutation(len(made))].reshape(len(made), *old.x.shape[1:])
    refused = made[classifier.score_samples(made) < classifier.outlier_threshold]
    refused = refused[: int(_OUTLIERS_EACH * len(old.y))]
    labels = np.full(len(refused), classifier.outlier_label_)
    return _Labelled(np.concatenate([old.x, refused]), np.concatenate([old.y, labels]))


def _image_shape(classifier: BaseKerasClassifier) -> tuple[int, ...] | None:
    """Find the shape of the images that a network takes, if they are images."""
    shape: tuple[int, ...] = max(classifier.input_shape_, classifier.sample_shape_, key=len)
    if len(shape) == 1:
        side = round(shape[0] ** 0.5)
        shape = (side, side) if side**2 == shape[0] else (1, *shape)
    return shape if min(shape[:2]) >= _LEAST_SIDE else None


def _not_digits(a: AnyArray, b: AnyArray, rng: np.random.RandomState) -> AnyArray:
    """Cut pairs of images apart and join them, turn them, and lay them over each other."""
    n, height, width = a.shape[:3]
    top, left = height // 2, width // 2
    turns = (1, 2, 3) if height == width else (2,)
    shift = int(rng.randint(width // 8, width // 4 + 1))
    made = [
        np.concatenate([a[:, :top], b[:, top:]], axis=1),
        np.concatenate([a[:, :top], b[:, : height - top]], axis=1),
        np.concatenate([a[:, :, :left], b[:, :, : width - left]], axis=2),
        np.concatenate([a[:, :, ::2], b[:, :, 1::2]], axis=2),
        np.maximum(np.roll(a, -shift, axis=2), np.roll(b, shift, axis=2)),
        np.rot90(a, turns[rng.randint(len(turns))], axes=(1, 2)),
    ]
    return np.concatenate([each[: n // 2] for each in made])


def _choose(
    classifier: BaseKerasClassifier,
    new: _Labelled,
    old: _Labelled,
    checked: _Labelled,
    seed: int,
    *,
    verbose: int,
) -> tuple[_Training, float]:
    """Choose how to train, and the share of the trained weights."""
    trainings = _trainings(classifier)
    of_classes = np.isin(new.y, classifier.classes_)
    n, rows = int(of_classes.sum()), np.arange(len(new.y))
    are_few = n < _LEAST_FOR_FOLDS
    if are_few and classifier.augmentation is not None:
        return trainings[0], _SHARE_FOR_FEW
    if are_few:
        folds, shares = [(rows, rows[:0])], [0.0, _SHARE_FOR_FEW]
    else:
        folds = list(KFold(_N_FOLDS, shuffle=True, random_state=seed).split(rows))
        shares = list(_SHARES)
    loss, old_loss = np.zeros((2, len(trainings), len(shares)))
    some_old, some_checked = (
        each.take(np.arange(0, len(each.y), _ONE_OF)) for each in (old, checked)
    )
    network = copy.deepcopy(classifier)
    before = network.model_.get_weights()
    for kept, held in folds:
        kept_new, held_new = new.take(kept), new.take(held[of_classes[held]])
        for i, training in enumerate(trainings):
            weights = _train(classifier, kept_new, some_old, training, seed, _N_SAMPLES // _ONE_OF)
            for j, share in enumerate(shares):
                network.model_.set_weights(_mean(before, weights, share))
                loss[i, j] += _sum_log_loss(network, held_new)
                old_loss[i, j] += _log_loss(network, some_checked) / len(folds)
    if are_few:
        # Too few new images to compare by: old ones show which training does less harm.
        return trainings[old_loss[:, -1].argmin()], _SHARE_FOR_FEW
    loss[old_loss > _allowed_loss(old_loss[0, 0])] = np.inf
    unchanged, best = loss[0, 0], loss.min()
    i, j = np.argwhere(loss <= unchanged - _ENOUGH * (unchanged - best))[0]
    if verbose:
        changes = "" if trainings[i].augmentation is None else " and random changes of images"
        _print(
            f"Log loss of new images in cross-validation: {unchanged / n:.4f} before, "
            f"{loss[i, j] / n:.4f} with learning rate {trainings[i].rate}{changes}; new weights "
            f"count {shares[j]:.0%}"
        )
    return trainings[i], shares[j]


def _trainings(classifier: BaseKerasClassifier) -> list[_Training]:
    """List how the network may be trained: the least change first."""
    augmentation = find_augmentation(classifier.augmentation)
    augmentations = [augmentation]
    shape = _image_shape(classifier)
    if augmentation is None and shape is not None:
        scale = min(shape[:2]) / _MNIST_SIDE
        changes = _CHANGES.get_params()
        changes.update(
            {name: scale * changes[name] for name in ("shift", "elastic", "elastic_scale")}
        )
        augmentations.append(ImageAugmentation(**changes))
    return [_Training(rate, each) for rate in _RATES for each in augmentations]


def _sum_log_loss(network: BaseKerasClassifier, samples: _Labelled) -> float:
    """Sum the log loss of samples of the classes."""
    if not len(samples.y):
        return 0.0
    codes = np.searchsorted(network.classes_, samples.y)
    log_probabilities = network.predict_log_proba(samples.x)
    return float(-log_probabilities[np.arange(len(codes)), codes].sum())


def _log_loss(network: BaseKerasClassifier, samples: _Labelled) -> float:
    """Compute the mean log loss of samples of the classes; 0 if there are none."""
    return _sum_log_loss(network, samples) / max(len(samples.y), 1)


def _allowed_loss(before: float) -> float:
    """Compute how large the log loss of old images may become."""
    return before + _MOST_FORGOTTEN * max(before, _LEAST_LOG_LOSS)


def _limit_share(
    classifier: BaseKerasClassifier,
    weights: list[AnyArray],
    share: float,
    checked: _Labelled,
    *,
    verbose: int,
) -> float:
    """Lower the share of the trained weights until old images are known nearly as before."""
    network = copy.deepcopy(classifier)
    before = network.model_.get_weights()
    loss_before = _log_loss(network, checked)
    for lower in sorted((each for each in _SHARES if each <= share), reverse=True):
        network.model_.set_weights(_mean(before, weights, lower))
        loss = _log_loss(network, checked)
        if loss <= _allowed_loss(loss_before):
            break
    if verbose:
        _print(
            f"Log loss of {counted(len(checked.y), 'old image')}: {loss_before:.4f} before, "
            f"{loss:.4f} after; new weights count {lower:.0%}"
        )
    return lower


def _restore_scores(
    network: BaseKerasClassifier, before: BaseKerasClassifier, checked: _Labelled
) -> None:
    """Shift the logit of outliers so that old images have scores as low as before, not higher."""
    import keras

    last = network.model_.layers[-1]
    if len(checked.y) and isinstance(last, keras.layers.Dense) and last.use_bias:
        lowest = [
            np.quantile(each.score_samples(checked.x), _LOWEST_SCORES)
            for each in (before, network)
        ]
        kernel, bias = last.get_weights()
        bias[-1] += lowest[1] - lowest[0]
        last.set_weights([kernel, bias])


def _train(
    classifier: BaseKerasClassifier,
    new: _Labelled,
    old: _Labelled,
    training: _Training,
    seed: int,
    n_samples: int = _N_SAMPLES,
) -> list[AnyArray]:
    """Train a copy of a network on new and old images, and return its weights."""
    n_times = _NEW_SHARE / (1 - _NEW_SHARE) * len(old.y) / len(new.y)
    repeated = new.take(np.tile(np.arange(len(new.y)), max(round(n_times), 1)))
    network = copy.deepcopy(classifier)
    X, y = np.concatenate([repeated.x, old.x]), np.concatenate([repeated.y, old.y])
    epochs = max(1, round(n_samples / len(y)))
    changes = {
        "learning_rate": training.rate,
        "augmentation": training.augmentation,
        "epochs": epochs,
        "random_state": seed,
    }
    for name, value in {**_TRAINING, **changes}.items():
        setattr(network, name, value)
    network.fit(X, y)
    weights: list[AnyArray] = network.model_.get_weights()
    return weights


def _working_copy(classifier: BaseKerasClassifier) -> BaseKerasClassifier:
    """Copy a classifier for predictions of single images, without names of columns."""
    network = copy.deepcopy(classifier)
    network.test_time_shift, network.test_time_rotation = 0, 0.0
    if hasattr(network, "feature_names_in_"):
        del network.feature_names_in_
    return network


def _mean(before: list[AnyArray], after: list[AnyArray], share: float) -> list[FloatArray]:
    """Average the weights of two networks."""
    return [
        ((1 - share) * old + share * new).astype(old.dtype)
        for old, new in zip(before, after, strict=True)
    ]


def _print(text: str) -> None:
    """Print a line that ``verbose`` asks for."""
    from ._engine._history import print_line

    print_line(text)
