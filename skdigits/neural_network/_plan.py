"""How one fit trains: what the loops need to know beside the samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
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
    weight_averaging : float
        Share of the epochs, at the end, over which the weights are averaged; 0 for none.
    checkpoint_dir : pathlib.Path or None
        Folder in which the training is kept after each epoch.
    checkpoint_key : str
        What else, beside this plan, the network and the samples, decides on the result.
    """

    batch_size: int
    initial_epoch: int
    epochs: int
    callbacks: list[keras.callbacks.Callback]
    verbose: int
    random_state: np.random.RandomState
    augment: Callable[[Any, Any], Any] | None = None
    augment_key: str = ""
    weight_averaging: float = 0.0
    checkpoint_dir: Path | None = None
    checkpoint_key: str = ""
