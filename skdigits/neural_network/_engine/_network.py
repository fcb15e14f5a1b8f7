"""A Keras network from a function that builds it: seeded, checked, compiled, renewed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import keras
import numpy as np

from ...exceptions import NetworkShapeError
from ._keras_private import layers_in, layers_seeded_by, trained_by
from ._losses import make_loss
from ._optimizers import copy_optimizer, make_optimizer
from ._plan import CompileSettings
from ._tensorflow import BUILD_LOCK, collect_old_networks, respect_share_of_cores

Build = Callable[[], keras.Model]

_MAX_SEED = np.iinfo(np.int32).max


def new_network(
    build: Build,
    n_outputs: int,
    settings: CompileSettings,
    *,
    steps_per_epoch: int,
    epochs: int,
    random_state: np.random.RandomState,
) -> keras.Model:
    """Build and compile a network.

    Parameters
    ----------
    build : callable
        Takes nothing and returns the network, not compiled.
    n_outputs : int
        Number of logits that it must end in.
    settings : CompileSettings
        What it is compiled with.
    steps_per_epoch, epochs : int
        Length of the training, for the learning-rate schedule.
    random_state : numpy.random.RandomState
        Source of the seed of its weights.

    Returns
    -------
    network : keras.Model
        With fresh weights.

    Raises
    ------
    NetworkShapeError
        If it does not end in ``n_outputs`` logits.
    """
    respect_share_of_cores()
    loss = make_loss(settings.loss, settings.label_smoothing)
    network = _build_checked(build, n_outputs, int(random_state.randint(_MAX_SEED)))
    optimizer = make_optimizer(settings, steps_per_epoch=steps_per_epoch, epochs=epochs)
    compile_network(network, optimizer, loss)
    collect_old_networks(network)
    return network


def renew_network(
    network: keras.Model, settings: CompileSettings, *, steps_per_epoch: int, epochs: int
) -> None:
    """Give a trained network the optimiser and the loss of other settings.

    Parameters
    ----------
    network : keras.Model
        Compiled; keeps its weights, and the optimiser's state where that is of the same kind.
    settings : CompileSettings
        What it is compiled with from now on.
    steps_per_epoch, epochs : int
        Length of the training, for the learning-rate schedule.
    """
    optimizer = make_optimizer(settings, steps_per_epoch=steps_per_epoch, epochs=epochs)
    loss = make_loss(settings.loss, settings.label_smoothing)
    # A named schedule spans one training, so it begins anew.
    restart = isinstance(settings.learning_rate_schedule, str)
    continue_with(network, optimizer, loss, restart=restart)


def compile_anew(network: keras.Model, settings: CompileSettings) -> None:
    """Give a network whose training is over a new optimiser.

    Parameters
    ----------
    network : keras.Model
        Not compiled.
    settings : CompileSettings
        What it is compiled with. Where they name a schedule the learning rate is constant, as
        the schedule is over too.
    """
    schedule = settings.learning_rate_schedule
    over = replace(
        settings, learning_rate_schedule=None if isinstance(schedule, str) else schedule
    )
    optimizer = make_optimizer(over, steps_per_epoch=1, epochs=1)
    compile_network(network, optimizer, make_loss(settings.loss, settings.label_smoothing))


def build_with_seed(build: Build, seed: int) -> keras.Model:
    """Build a network whose unseeded layers all follow from one seed.

    Parameters
    ----------
    build : callable
        Takes nothing and returns the network.
    seed : int
        Seed of the initial weights and of the dropout.

    Returns
    -------
    network : keras.Model
        What ``build`` returned.
    """
    with BUILD_LOCK, layers_seeded_by(seed):
        return build()


def clone_network(network: keras.Model) -> keras.Model:
    """Make a network of the same structure, without touching Python's generator.

    Parameters
    ----------
    network : keras.Model
        Of Keras' own layers alone; its weights are not copied.

    Returns
    -------
    clone : keras.Model
        Not compiled.
    """
    # `keras.models.clone_model` would also make the optimiser anew, if it finds its classes.
    return build_with_seed(lambda: type(network).from_config(network.get_config()), seed=0)


def copy_initializer(initializer: Any) -> Any:
    """Copy an initialiser, so that layers of one shape do not start equal.

    Parameters
    ----------
    initializer : str, callable or keras.initializers.Initializer
        What a user gave.

    Returns
    -------
    copy : keras.initializers.Initializer or callable
        One that has not been used yet.
    """
    if isinstance(initializer, keras.initializers.Initializer):
        return initializer.clone()
    return keras.initializers.get(initializer)


def _build_checked(build: Build, n_outputs: int, seed: int) -> keras.Model:
    """Build a network, and check that it ends in ``n_outputs`` logits."""
    network = build_with_seed(build, seed)
    _check_outputs(network, n_outputs)
    return network


def _check_outputs(network: keras.Model, n_outputs: int) -> None:
    """Check that a network is Sequential or functional, not compiled, and ends in logits."""
    try:
        network.output_shape  # noqa: B018 - raises where there is no such graph of layers
    except (AttributeError, ValueError) as error:
        raise NetworkShapeError(
            "_build_network must return a keras.Sequential that begins with keras.Input, or a "
            f"functional keras.Model; found {type(network).__name__}."
        ) from error
    if network.compiled:
        raise NetworkShapeError(
            "_build_network must return a network that is not compiled. Remove compile(): the "
            "optimizer and the loss are parameters of the classifier."
        )
    if network.output_shape != (None, n_outputs):
        raise NetworkShapeError(
            f"_build_network must return a network of output shape (None, {n_outputs}); "
            f"found {network.output_shape}. End it in Dense(n_outputs)."
        )
    last = network.layers[-1]
    activation = getattr(last, "activation", None)
    if isinstance(last, keras.layers.Softmax):
        activation = keras.activations.softmax
    if activation in (keras.activations.softmax, keras.activations.sigmoid):
        raise NetworkShapeError(
            f"_build_network must return a network that ends in logits, but its last layer "
            f"{last.name!r} is a {activation.__name__}. Remove it: predict_proba uses a softmax."
        )
    _check_dtypes(network)


def _check_dtypes(network: keras.Model) -> None:
    """Refuse layers whose numbers are too coarse to be trained without further care."""
    for layer in layers_in(network)[1:]:
        computes, keeps = layer.compute_dtype, layer.variable_dtype
        if isinstance(layer, keras.layers.InputLayer):
            continue  # computes nothing
        # Keras scales the loss for float16, by an optimiser around the optimiser.
        if computes == "float16" or keeps in ("float16", "bfloat16"):
            raise ValueError(
                f"The layer {layer.name!r} computes in {computes} and keeps its weights in "
                f"{keeps}, too coarse to train: most steps are rounded away. Create it with dtype="
                '"mixed_bfloat16", "float32" or "float64", or set '
                'keras.config.set_dtype_policy("float32").'
            )


def check_same_weights(network: keras.Model, build: Build, n_outputs: int) -> None:
    """Refuse to continue with a network that the parameters no longer describe.

    Parameters
    ----------
    network : keras.Model
        Of the last fit.
    build : callable
        Builds the network that the parameters describe now.
    n_outputs : int
        Number of logits that it must end in.

    Raises
    ------
    NetworkShapeError
        If it does not end in ``n_outputs`` logits.
    ValueError
        If it has other weights.
    """
    described = _build_checked(build, n_outputs, seed=0)
    shapes = ([tuple(w.shape) for w in each.weights] for each in (described, network))
    for expected, found in zip_longest(*shapes, fillvalue="(none)"):
        if found != expected:
            raise ValueError(
                f"The parameters describe a network with weights of shape {expected}, but the "
                "network of the last fit, which warm_start and partial_fit continue to train, "
                f"has {found}. Set the parameters back, or train a new network: fit with "
                "warm_start=False."
            )


def compile_network(
    network: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    loss: keras.losses.Loss,
    metrics: Sequence[keras.metrics.Metric] = (),
) -> None:
    """Give a network its optimiser and its loss, with accuracy as its metric.

    Parameters
    ----------
    network : keras.Model
        The network; written into.
    optimizer : keras.optimizers.Optimizer
        Its optimiser.
    loss : keras.losses.Loss
        Its loss.
    metrics : sequence of keras.metrics.Metric, default=()
        Other metrics, which take logits.
    """
    # Under mixed_float16 as the policy of all, Keras would wrap the optimiser.
    network.compile(
        optimizer=optimizer, loss=loss, metrics=["accuracy", *metrics], auto_scale_loss=False
    )


def follow_frozen_layers(network: keras.Model) -> None:
    """Renew the optimiser of a network whose layers were frozen or thawed since it was built.

    Keras builds an optimiser once, for the variables that are trained then.

    Parameters
    ----------
    network : keras.Model
        Compiled.
    """
    optimizer, variables = network.optimizer, network.trainable_variables
    built_for = trained_by(optimizer) if optimizer.built else variables
    if list(map(id, built_for)) != list(map(id, variables)):
        continue_with(network, copy_optimizer(optimizer), network.loss, restart=False)


def continue_with(
    network: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    loss: keras.losses.Loss,
    *,
    restart: bool,
) -> None:
    """Give a trained network a new optimiser that continues from the old one's state.

    It begins anew where the old one lacks a part of that state, as after a thaw: means of
    gradients and weights are right only where all have taken the same number of steps.

    Parameters
    ----------
    network : keras.Model
        Compiled; gets the new optimiser.
    optimizer : keras.optimizers.Optimizer
        Has taken no step yet; keeps its own learning rate.
    loss : keras.losses.Loss
        What to train for from now on.
    restart : bool
        Whether a learning-rate schedule begins anew.
    """
    old = network.optimizer
    optimizer.build(network.trainable_variables)
    if type(old) is type(optimizer) and old.built:
        values = {variable.path: variable.value for variable in old.variables}
        own = ("learning_rate", "iteration") if restart else ("learning_rate",)
        carried = [
            variable
            for variable in optimizer.variables
            if variable.path.rsplit("/", 1)[-1] not in own
        ]
        if all(variable.path in values for variable in carried):
            for variable in carried:
                variable.assign(values[variable.path])
    compile_network(network, optimizer, loss)
