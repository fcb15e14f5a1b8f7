"""Compiled programs that outlive their fit, and wait in a pool for the next.

Tracing a network takes longer than a short training, so networks of the same structure share
a program. It works on a network of its own; weights, seeds and optimiser state are copied there
and back.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf

from ._epoch import EpochProgram, WholeBatches
from ._forward import gains_from_xla
from ._metrics import metrics_key
from ._network import clone_network, compile_network
from ._optimizers import copy_optimizer
from ._plan import Samples, TrainingPlan
from ._state import assign_trainable, copy_state, trainable_flags, unchanged_by
from ._structure import structure_key

#: XLA compiles for some thousand times as long as it gains in a step.
_STEPS_WORTH_COMPILING = 2_000


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
    xla = not plan.metrics and _is_worth_compiling(network, len(samples.x), plan)
    path = [plan.batch_size, capacity] if xla else []
    key = structure_key(network, network.loss, network.optimizer, plan.augment_key, like, path)
    metrics = metrics_key(plan.metrics)
    if key is None or metrics is None:
        with unchanged_by(Exception, network):
            yield EpochProgram(network, samples, plan.augment, None, plan.metrics)
        return
    key += metrics

    def make() -> EpochProgram:
        copy = _copy_network(network)
        sizes = plan.batch_size, capacity
        whole = WholeBatches(copy, samples, plan.augment, *sizes) if xla else None
        copies = [metric.copy() for metric in plan.metrics]
        return EpochProgram(copy, samples, plan.augment, whole, copies)

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
