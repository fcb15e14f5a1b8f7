"""Names, learning rates and schedules to Keras optimisers."""

from __future__ import annotations

from typing import Any

import keras

from ._custom_objects import custom_objects_by_name
from ._networks import compile_network

#: Keras' optimisers that can be asked for by name.
OPTIMIZERS = {
    "adadelta": keras.optimizers.Adadelta,
    "adagrad": keras.optimizers.Adagrad,
    "adam": keras.optimizers.Adam,
    "adamax": keras.optimizers.Adamax,
    "adamw": keras.optimizers.AdamW,
    "ftrl": keras.optimizers.Ftrl,
    "lion": keras.optimizers.Lion,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}

_WARM_UP_SHARE = 0.25
_WARM_UP_START = 1 / 25
_DECAY_PER_EPOCH = 0.9


def make_optimizer(
    optimizer: str | keras.optimizers.Optimizer,
    learning_rate: float | None,
    schedule: str | keras.optimizers.schedules.LearningRateSchedule | None,
    weight_decay: float | None,
    *,
    steps_per_epoch: int,
    epochs: int,
) -> keras.optimizers.Optimizer:
    """Make an optimiser that has taken no step yet.

    Parameters
    ----------
    optimizer : str or keras.optimizers.Optimizer
        A name of `OPTIMIZERS`, or an optimiser whose configuration is copied.
    learning_rate : float or None
        Learning rate, or with a named schedule its peak; None keeps the
        optimiser's own.
    schedule : {"cosine", "exponential", "one_cycle"}, LearningRateSchedule or None
        How the learning rate goes on from there.
    weight_decay : float or None
        Decoupled weight decay; None keeps the optimiser's own.
    steps_per_epoch : int
        Batches of one epoch.
    epochs : int
        Epochs that the schedule spans.

    Returns
    -------
    optimizer : keras.optimizers.Optimizer
        A new optimiser.
    """
    if isinstance(optimizer, type):
        raise ValueError(
            f"optimizer must be a name or an optimizer, not a class; pass {optimizer.__name__}()."
        )
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        raise ValueError(
            "LossScaleOptimizer is for networks that compute in float16, which skdigits does not "
            f"train. Pass the optimizer within: {type(optimizer.inner_optimizer).__name__}(...)."
        )
    custom: dict[str, Any] = {}
    if isinstance(optimizer, str):
        made = OPTIMIZERS[optimizer]
        config = {}
    else:
        made = type(optimizer)
        config = optimizer.get_config()
        custom = custom_objects_by_name(optimizer)
    # A counted name (adam_17) would name its variables anew, and keep memory, in every fit.
    config["name"] = made.__name__.lower()
    if learning_rate is not None:
        config["learning_rate"] = float(learning_rate)
    if weight_decay is not None:
        config["weight_decay"] = float(weight_decay)
    if schedule is not None:
        total = max(1, steps_per_epoch * epochs)
        peak = config.get("learning_rate") or made().get_config()["learning_rate"]
        config["learning_rate"] = _make_schedule(schedule, peak, steps_per_epoch, total)
    return optimizer_from_config(made, config, custom)


def optimizer_from_config(
    made: type[keras.optimizers.Optimizer], config: dict[str, Any], custom_objects: dict[str, Any]
) -> keras.optimizers.Optimizer:
    """Make an optimiser of its settings.

    Parameters
    ----------
    made : type
        Its class.
    config : dict
        Its settings, from ``get_config``.
    custom_objects : dict of str to type or function
        What the settings name that is not Keras' own, such as a schedule.

    Returns
    -------
    optimizer : keras.optimizers.Optimizer
        Has taken no step yet.
    """
    with keras.saving.CustomObjectScope(custom_objects):
        return made.from_config(config)


def _make_schedule(
    schedule: str | keras.optimizers.schedules.LearningRateSchedule,
    peak: Any,
    steps_per_epoch: int,
    total: int,
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Make the learning-rate schedule that a name stands for."""
    schedules = keras.optimizers.schedules
    if not isinstance(schedule, str):
        return schedule
    if not isinstance(peak, float):
        raise ValueError(
            f"learning_rate_schedule={schedule!r} needs a learning rate to start from, but the "
            "optimizer already brings a schedule of its own. Give one or the other."
        )
    if schedule == "exponential":
        return schedules.ExponentialDecay(peak, steps_per_epoch, _DECAY_PER_EPOCH)
    if schedule == "cosine":
        return schedules.CosineDecay(peak, total)
    warm_up = max(1, round(_WARM_UP_SHARE * total))
    return schedules.CosineDecay(
        peak * _WARM_UP_START,
        max(1, total - warm_up),
        warmup_target=peak,
        warmup_steps=warm_up,
    )


def copy_optimizer(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Make an optimiser of the same settings that has taken no step yet.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
        The optimiser.

    Returns
    -------
    copy : keras.optimizers.Optimizer
        With the learning rate that the optimiser has come to.
    """
    custom = custom_objects_by_name(optimizer)
    return optimizer_from_config(type(optimizer), optimizer.get_config(), custom)


def follow_frozen_layers(network: keras.Model) -> None:
    """Renew the optimiser of a network whose layers were frozen or thawed since it was built.

    Keras builds an optimiser once, for the variables that are trained then.

    Parameters
    ----------
    network : keras.Model
        Compiled.
    """
    optimizer, variables = network.optimizer, network.trainable_variables
    built_for = optimizer._trainable_variables if optimizer.built else variables
    if list(map(id, built_for)) != list(map(id, variables)):
        continue_with(network, copy_optimizer(optimizer), network.loss, restart=False)


def continue_with(
    network: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    loss: keras.losses.Loss,
    *,
    restart: bool,
) -> None:
    """Give a trained network a new optimiser that goes on from the old one's state.

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
