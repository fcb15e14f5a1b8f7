"""From a classifier's parameters and checked arrays to a trained network."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import keras
import numpy as np

from .._typing import AnyArray, FloatArray, IntArray
from ._fallback import reason_for_model_fit, train_with_model_fit
from ._garbage import make_room
from ._losses import encode_targets, make_loss
from ._network_params import COMPILED_WITH, changed_params, network_params
from ._networks import build_with_seed, check_outputs, compile_network
from ._optimizers import continue_with, follow_frozen_layers, make_optimizer
from ._plan import TrainingPlan
from ._stretch import Samples
from ._threads import respect_share_of_cores
from ._training import train

_MAX_SEED = np.iinfo(np.int32).max


def new_network(classifier: Any, n_samples: int) -> keras.Model:
    """Build and compile the network that a classifier's parameters describe.

    Parameters
    ----------
    classifier : BaseKerasClassifier
        Knows its classes and input shape already.
    n_samples : int
        Number of training samples, for the learning-rate schedule.

    Returns
    -------
    network : keras.Model
        With fresh weights.

    Raises
    ------
    NetworkShapeError
        If it does not end in one logit a class.
    """
    respect_share_of_cores()
    loss = make_loss(classifier.loss, classifier.label_smoothing)
    seed = int(classifier._random_state.randint(_MAX_SEED))
    network = build_with_seed(lambda: _build(classifier), seed)
    compile_network(network, _new_optimizer(classifier, n_samples), loss)
    classifier._network_params = network_params(classifier)
    make_room(network)
    return network


def renewed_network(classifier: Any, n_samples: int) -> keras.Model:
    """Give a fitted classifier's network the optimiser and loss of its parameters.

    Parameters
    ----------
    classifier : BaseKerasClassifier
        Fitted.
    n_samples : int
        Number of training samples, for the learning-rate schedule.

    Returns
    -------
    network : keras.Model
        The classifier's own, with its trained weights.

    Raises
    ------
    ValueError
        If the parameters describe a network of other weights.
    """
    if changed_params(classifier) - COMPILED_WITH:
        _check_same_weights(classifier)
    restart = isinstance(classifier.learning_rate_schedule, str)
    optimizer = _new_optimizer(classifier, n_samples)
    loss = make_loss(classifier.loss, classifier.label_smoothing)
    continue_with(classifier.model_, optimizer, loss, restart=restart)
    classifier._network_params = network_params(classifier)
    return classifier.model_


def continued_network(classifier: Any, n_samples: int) -> keras.Model:
    """Give a fitted classifier's network as it is, or renewed where its parameters have changed.

    Parameters
    ----------
    classifier : BaseKerasClassifier
        Fitted.
    n_samples : int
        Number of training samples.

    Returns
    -------
    network : keras.Model
        The classifier's own, with its trained weights.
    """
    # Renewing it takes half as long as training it on a batch.
    if changed_params(classifier):
        return renewed_network(classifier, n_samples)
    follow_frozen_layers(classifier.model_)
    return classifier.model_


def _build(classifier: Any) -> keras.Model:
    """Build the network that a classifier's parameters describe."""
    n_classes = len(classifier.classes_)
    network = classifier._build_network(classifier.input_shape_, n_classes)
    check_outputs(network, n_classes)
    return network


def _check_same_weights(classifier: Any) -> None:
    """Refuse to go on with a network that the parameters no longer describe."""
    described = build_with_seed(lambda: _build(classifier), seed=0)
    shapes = (
        [tuple(w.shape) for w in network.weights] for network in (described, classifier.model_)
    )
    for expected, found in zip_longest(*shapes):
        if found != expected:
            raise ValueError(
                f"The parameters of this {type(classifier).__name__} describe a network with "
                f"weights of shape {expected} where that of the last fit, with which warm_start "
                f"and partial_fit go on, has {found}. Set the parameters back, or train a new "
                "network: fit with warm_start=False."
            )


def _new_optimizer(classifier: Any, n_samples: int) -> keras.optimizers.Optimizer:
    """Make the optimiser that a classifier's parameters describe."""
    return make_optimizer(
        classifier.optimizer,
        classifier.learning_rate,
        classifier.learning_rate_schedule,
        classifier.weight_decay,
        steps_per_epoch=-(-n_samples // classifier.batch_size),
        epochs=classifier.epochs,
    )


def train_network(
    network: keras.Model,
    samples: tuple[AnyArray, IntArray, FloatArray],
    validation: tuple[AnyArray, IntArray, FloatArray] | None,
    history: dict[str, list[float]],
    n_classes: int,
    plan: TrainingPlan,
) -> None:
    """Train a network in place by the compiled epoch, or where that cannot, by `Model.fit`.

    Parameters
    ----------
    network : keras.Model
        Compiled.
    samples : tuple of ndarray
        Flat samples, class numbers and weights to train on.
    validation : tuple of ndarray or None
        The same to validate on.
    history : dict of list of float
        Takes the figures of each epoch.
    n_classes : int
        Number of classes.
    plan : TrainingPlan
        How to train.

    Raises
    ------
    ValueError
        If something is asked for that `Model.fit` lacks, where only that can train.
    DivergenceError
        If the loss becomes NaN or infinite.
    """
    shape = network.input_shape[1:]

    def prepare(arrays: tuple[AnyArray, IntArray, FloatArray]) -> Samples:
        x, codes, weights = arrays
        targets = encode_targets(network.loss, codes, n_classes)
        return Samples(x.reshape(len(x), *shape), targets, weights)

    reason = reason_for_model_fit(network, plan.callbacks)
    compiled_only = {
        "augmentation": plan.augment,
        "weight_averaging": plan.weight_averaging,
        "checkpoint_dir": plan.checkpoint_dir,
    }
    asked = [name for name, value in compiled_only.items() if value]
    if reason is not None and asked:
        raise ValueError(
            f"{asked[0]} works in the compiled epoch only, which cannot be used here: {reason}. "
            f"Leave out {asked[0]}, or that."
        )
    if reason is not None and plan.verbose:
        print(f"Training with keras.Model.fit: {reason}.")  # noqa: T201 - asked for by verbose
    loop = train if reason is None else train_with_model_fit
    if validation is not None and validation[0].dtype != samples[0].dtype:
        # The programs take one dtype; they cast bytes to float32 in any case.
        samples, validation = (
            (x.astype(np.float32), codes, weights) for x, codes, weights in (samples, validation)
        )
    held_out = None if validation is None else prepare(validation)
    loop(network, prepare(samples), held_out, history, plan)
