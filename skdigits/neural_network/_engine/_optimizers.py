"""Names, learning rates and schedules to Keras optimisers."""

from __future__ import annotations

from typing import Any

import keras

from ._custom_objects import custom_objects_by_name
from ._keras_names import OPTIMIZERS
from ._plan import CompileSettings

_WARM_UP_SHARE = 0.25
_WARM_UP_START = 1 / 25
_DECAY_PER_EPOCH = 0.9


def make_optimizer(
    settings: CompileSettings, *, steps_per_epoch: int, epochs: int
) -> keras.optimizers.Optimizer:
    """Make an optimiser that has taken no step yet.

    Parameters
    ----------
    settings : CompileSettings
        Optimiser, learning rate, schedule and weight decay.
    steps_per_epoch : int
        Batches of one epoch.
    epochs : int
        Epochs that the schedule spans.

    Returns
    -------
    optimizer : keras.optimizers.Optimizer
        A new optimiser.
    """
    optimizer, learning_rate = settings.optimizer, settings.learning_rate
    schedule, weight_decay = settings.learning_rate_schedule, settings.weight_decay
    if isinstance(optimizer, type):
        raise ValueError(
            f"optimizer must be a name or an optimizer, not a class; pass {optimizer.__name__}()."
        )
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        raise ValueError(
            "LossScaleOptimizer is for networks that compute in float16, which skdigits does not "
            f"train. Pass the inner optimiser: {type(optimizer.inner_optimizer).__name__}(...)."
        )
    custom: dict[str, Any] = {}
    if isinstance(optimizer, str):
        made = getattr(keras.optimizers, OPTIMIZERS[optimizer])
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
            "optimizer already has a schedule. Use one or the other."
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
