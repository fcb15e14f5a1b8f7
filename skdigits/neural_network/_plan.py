"""How one fit trains: what the loops need to know beside the samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class TrainingPlan:
    """How one fit trains.

    Parameters
    ----------
    batch_size : int
        Samples of one step; the last, shorter batch of an epoch is trained on.
    initial_epoch : int
        Number of epochs already trained.
    epochs : int
        Number of epochs to train now.
    callbacks : list of keras.callbacks.Callback
        Callbacks of this fit.
    verbose : int
        0 for silence, 1 for a progress bar, 2 for a line an epoch.
    random_state : numpy.random.RandomState
        Source of the shuffling and of the augmentation.
    augment : callable or None
        Changes a batch inside the compiled step, given two integers that seed it.
    augment_key : str
        Equal for equal ``augment``.
    """

    batch_size: int
    initial_epoch: int
    epochs: int
    callbacks: list[keras.callbacks.Callback]
    verbose: int
    random_state: np.random.RandomState
    augment: Callable[[Any, Any], Any] | None = None
    augment_key: str = ""
