"""A network at rest: its architecture and its arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from .._typing import AnyArray


class TrainingState(NamedTuple):
    """What continues the training of a network, beside its weights.

    Parameters
    ----------
    arrays : sequence of ndarray
        Seeds of its layers and the state of its optimiser.
    trainable : sequence of bool
        Which layers and weights are trained, and which are frozen.
    optimizer, loss : dict or object
        What it is compiled with, described by plain values.
    custom_objects : mapping of str to type or function
        What the architecture names that is not Keras' own.
    """

    arrays: Sequence[AnyArray]
    trainable: Sequence[bool]
    optimizer: Any
    loss: Any
    custom_objects: Mapping[str, Any]


class StoredNetwork(NamedTuple):
    """A network at rest, from which a session or a Keras model is made.

    Parameters
    ----------
    architecture : mapping
        Keras' configuration, from `keras.saving.serialize_keras_object`: JSON values.
    weights : sequence of ndarray
        In the order of `keras.Model.weights`.
    training : TrainingState or None
        None for a network whose training is over, as in a model file.
    """

    architecture: Mapping[str, Any]
    weights: Sequence[AnyArray]
    training: TrainingState | None = None

    def to_state(self) -> dict[str, Any]:
        """Convert it to dicts and lists, so that a pickle names no class of skdigits.

        Returns
        -------
        state : dict
            For `from_state`.
        """
        training = None if self.training is None else self.training._asdict()
        return self._asdict() | {"training": training}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a network at rest from what `to_state` returned.

        Parameters
        ----------
        state : mapping
            From `to_state`, or made up by an attacker.

        Returns
        -------
        stored : StoredNetwork
            Nothing in it has been checked.
        """
        training = state["training"]
        return cls(
            state["architecture"],
            state["weights"],
            None if training is None else TrainingState(**training),
        )
