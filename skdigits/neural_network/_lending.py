"""Compiled epochs that outlive their fit: each serves the next of its structure.

A lent program works on a network of its own; weights, seeds and optimiser state
are carried there and back.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf

from ._epoch import EpochProgram, WholeBatches
from ._forward import gains_from_xla
from ._network_state import assign_state, assign_trainable, network_state, trainable_flags
from ._networks import clone_network, compile_network
from ._optimizers import copy_optimizer
from ._plan import TrainingPlan
from ._programs import ProgramPool, structure_key
from ._stretch import Samples

#: XLA compiles for some thousand times as long as it gains in a step.
_STEPS_WORTH_COMPILING = 2_000

_POOL: ProgramPool[EpochProgram] = ProgramPool(capacity=16)


@contextmanager
def lend_program(
    network: keras.Model, samples: Samples, plan: TrainingPlan, capacity: int
) -> Iterator[EpochProgram]:
    """Lend a compiled program for networks of this structure.

    Parameters
    ----------
    network : keras.Model
        Compiled. It is given the trained state back, unless the training failed.
    samples : Samples
        What it will be trained on.
    plan : TrainingPlan
        How it will be trained.
    capacity : int
        Samples of a stretch.

    Yields
    ------
    program : EpochProgram
        Works on a network of its own, or where programs of this kind cannot be
        shared, on ``network`` itself.
    """
    like = [(array.dtype.name, array.shape[1:]) for array in samples]
    # Decided by the plan alone, so that the same fit takes the same path whatever ran before.
    xla = _is_worth_compiling(network, len(samples.x), plan)
    path = [plan.batch_size, capacity] if xla else []
    key = structure_key(network, network.loss, network.optimizer, plan.augment_key, like, path)
    if key is None:
        with unchanged_by(Exception, network):
            yield EpochProgram(network, samples, plan.augment, None)
        return

    def make() -> EpochProgram:
        twin = _twin(network)
        whole = None
        if xla:
            whole = WholeBatches(twin, samples, plan.augment, plan.batch_size, capacity)
        return EpochProgram(twin, samples, plan.augment, whole)

    program = _POOL.take(key, make)
    _copy_state(network, program.network)
    try:
        yield program
    except KeyboardInterrupt:
        _copy_state(program.network, network)
        raise
    else:
        _copy_state(program.network, network)
    finally:
        _POOL.give_back(key, program)


@contextmanager
def unchanged_by(kind: type[BaseException], network: keras.Model) -> Iterator[None]:
    """Put a network's weights, seeds and optimiser state back where something is raised.

    Parameters
    ----------
    kind : type
        What is raised; all else, such as Ctrl-C beside `Exception`, keeps what was changed.
    network : keras.Model
        Compiled; changed in place.
    """
    before = [variable.numpy() for variable in network_state(network)]
    try:
        yield
    except kind:
        assign_state(network, before)
        raise


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


def _twin(network: keras.Model) -> keras.Model:
    """Make a compiled network of the same structure."""
    twin = clone_network(network)
    assign_trainable(twin, trainable_flags(network))
    compile_network(twin, copy_optimizer(network.optimizer), network.loss)
    return twin


def _copy_state(source: keras.Model, target: keras.Model) -> None:
    """Copy weights, seeds and optimiser state between networks of one structure."""
    assign_state(target, [variable.value for variable in network_state(source)])
