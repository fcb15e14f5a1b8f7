"""Compiled programs that outlive their fit: which can be shared, and where idle ones wait.

Tracing a network takes longer than a short training. Two networks of the same structure
need one program between them; only the numbers in it differ. A shared program works on a
network of its own; weights, seeds and optimiser state are copied there and back.
"""

from __future__ import annotations

import functools
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from ._custom_objects import custom_objects, is_own
from ._epoch import EpochProgram, WholeBatches
from ._forward import gains_from_xla
from ._keras_private import layers_in
from ._network import clone_network, compile_network
from ._optimizers import copy_optimizer
from ._plan import Samples, TrainingPlan
from ._state import (
    assign_trainable,
    computes_with_copies,
    copy_state,
    trainable_flags,
    unchanged_by,
)

#: XLA compiles for some thousand times as long as it gains in a step.
_STEPS_WORTH_COMPILING = 2_000
#: Where a serialised network refers to layers by their names.
_REFERENCES = ("keras_history", "input_layers", "output_layers")


def structure_key(*parts: Any) -> str | None:
    """Describe networks, losses and optimisers apart from names and seeds.

    Parameters
    ----------
    *parts : keras.Model, keras.losses.Loss, keras.optimizers.Optimizer or JSON value
        What a program is made of.

    Returns
    -------
    key : str or None
        Equal for equal structures; None where something is not Keras' own, as
        two classes or functions of one name may do different things.
    """
    # Keras refuses, or warns of, some of the user's functions when it serialises them.
    if any(True for part in parts for _ in custom_objects(part)):
        return None
    if any(_keeps_tensors(part) for part in parts):
        return None
    try:
        described = [_describe(part) for part in parts]
    except (NotImplementedError, TypeError, ValueError):
        return None
    if any(part is None for part in described):
        return None
    return json.dumps(described, sort_keys=True)


def _keeps_tensors(part: Any) -> bool:
    """Whether a layer of a network computes with copies of its weights (Normalization)."""
    layers = layers_in(part) if isinstance(part, keras.Layer) else []
    return any(computes_with_copies(layer) for layer in layers)


def _describe(part: Any) -> Any:
    """Describe one part as a JSON value, or as None."""
    if isinstance(part, (str, int, float, tuple, list)):
        return part
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(part)))
    names: dict[str, str] = {}
    if isinstance(part, keras.Model):
        names = {layer.name: f"layer_{i}" for i, layer in enumerate(part.layers)}
        config["flags"] = trainable_flags(part)
    else:
        config["config"].pop("name", None)
    if isinstance(part, keras.optimizers.Optimizer) and isinstance(
        config["config"].get("learning_rate"), float
    ):
        # A variable of the optimiser: programs of other learning rates are the same.
        del config["config"]["learning_rate"]
    return _normalize(config, names) if _is_keras_own(config) else None


def _is_keras_own(config: Any) -> bool:
    """Whether a serialised object is built of Keras' own classes and ours alone."""
    if isinstance(config, list):
        return all(_is_keras_own(item) for item in config)
    if not isinstance(config, dict):
        return True
    name = config.get("class_name")
    if name in ("function", "__lambda__", "Lambda") or (name is not None and not is_own(config)):
        return False
    return all(_is_keras_own(item) for item in config.values())


def _normalize(config: Any, names: dict[str, str]) -> Any:
    """Take layers' names, seeds and compile settings out of a serialised object."""
    if isinstance(config, list):
        return [_normalize(item, names) for item in config]
    if not isinstance(config, dict):
        return config
    # Only a layer's name means nothing: elsewhere it may be an activation or a dtype.
    is_layer = any(key in config for key in ("trainable", "batch_shape", "inbound_nodes"))
    normalized = {}
    for key, value in config.items():
        if key in ("seed", "compile_config", "build_config") or (key == "name" and is_layer):
            continue
        change = _rename if key in _REFERENCES else _normalize
        normalized[key] = change(value, names)
    return normalized


def _rename(value: Any, names: dict[str, str]) -> Any:
    """Put positions in the place of layers' names."""
    if isinstance(value, list):
        return [_rename(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


class ProgramPool:
    """Idle programs by key, the longest unused dropped first.

    Parameters
    ----------
    capacity : int
        Number of idle programs kept.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._idle: OrderedDict[str, list[EpochProgram]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, make: Callable[[], EpochProgram]) -> EpochProgram:
        """Take an idle program out of the pool, or make one."""
        with self._lock:
            idle = self._idle.get(key)
            if idle:
                program = idle.pop()
                if not idle:
                    del self._idle[key]
                return program
        return make()

    def give_back(self, key: str, program: EpochProgram) -> None:
        """Put a program into the pool for the next that needs one."""
        with self._lock:
            self._idle.setdefault(key, []).append(program)
            self._idle.move_to_end(key)
            while sum(map(len, self._idle.values())) > self._capacity:
                oldest = next(iter(self._idle))
                self._idle[oldest].pop(0)
                if not self._idle[oldest]:
                    del self._idle[oldest]


_POOL = ProgramPool(capacity=16)


@contextmanager
def borrow_program(
    network: keras.Model, samples: Samples, plan: TrainingPlan, capacity: int
) -> Iterator[EpochProgram]:
    """Take a compiled program out of the pool for networks of this structure.

    Parameters
    ----------
    network : keras.Model
        Compiled. It is given the trained state back, unless the training failed.
    samples : Samples
        What it will be trained on.
    plan : TrainingPlan
        How it will be trained.
    capacity : int
        Samples of a buffer.

    Yields
    ------
    program : EpochProgram
        Works on a network of its own, or where programs of this kind cannot be
        shared, on ``network`` itself.
    """
    like = [(array.dtype.name, array.shape[1:]) for array in samples]
    # Decided by the plan alone, so that the same fit always takes the same path.
    xla = _is_worth_compiling(network, len(samples.x), plan)
    path = [plan.batch_size, capacity] if xla else []
    key = structure_key(network, network.loss, network.optimizer, plan.augment_key, like, path)
    if key is None:
        with unchanged_by(Exception, network):
            yield EpochProgram(network, samples, plan.augment, None)
        return

    def make() -> EpochProgram:
        copy = _copy_network(network)
        sizes = plan.batch_size, capacity
        whole = WholeBatches(copy, samples, plan.augment, *sizes) if xla else None
        return EpochProgram(copy, samples, plan.augment, whole)

    program = _POOL.take(key, make)
    copy_state(network, program.network)
    try:
        yield program
    except KeyboardInterrupt:
        copy_state(program.network, network)
        raise
    else:
        copy_state(program.network, network)
    finally:
        _POOL.give_back(key, program)


def _is_worth_compiling(network: keras.Model, n_samples: int, plan: TrainingPlan) -> bool:
    """Whether a fit is long enough to pay for XLA's compilation."""
    n_steps = n_samples // plan.batch_size * plan.epochs
    return n_steps >= _STEPS_WORTH_COMPILING and gains_from_xla(network) and _has_xla()


@functools.cache
def _has_xla() -> bool:
    """Whether this build of TensorFlow has XLA for the processor."""
    try:
        tf.function(lambda: tf.constant(1) + 1, jit_compile=True, autograph=False)()
    except (tf.errors.OpError, ValueError):
        return False
    return True


def _copy_network(network: keras.Model) -> keras.Model:
    """Make a compiled network of the same structure."""
    copy = clone_network(network)
    assign_trainable(copy, trainable_flags(network))
    compile_network(copy, copy_optimizer(network.optimizer), network.loss)
    return copy
