"""What describes a fit to the engine: samples, settings and a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from ..._typing import AnyArray

if TYPE_CHECKING:
    import keras

    from ._history import History
    from ._metrics import MetricOfLogits


class Samples(NamedTuple):
    """Samples, their class numbers or the targets that a loss takes, and weights."""

    x: AnyArray
    y: AnyArray
    sample_weight: AnyArray


@dataclass(frozen=True)
class CompileSettings:
    """What a network is compiled with: parameters of every classifier, under their names.

    Parameters
    ----------
    optimizer : str or keras.optimizers.Optimizer
        A name, or an optimiser whose settings are copied.
    learning_rate : float or None
        Learning rate, or with a named schedule its peak; None keeps the optimiser's own.
    learning_rate_schedule : {"cosine", "exponential", "one_cycle"}, LearningRateSchedule or None
        How the learning rate changes.
    weight_decay : float or None
        Decoupled weight decay; None keeps the optimiser's own.
    loss : str or keras.losses.Loss
        A name, or a loss.
    label_smoothing : float
        Share of the target that is spread over all classes, in [0, 1).
    """

    optimizer: str | keras.optimizers.Optimizer
    learning_rate: float | None
    learning_rate_schedule: str | keras.optimizers.schedules.LearningRateSchedule | None
    weight_decay: float | None
    loss: str | keras.losses.Loss
    label_smoothing: float


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
    metrics : list of MetricOfLogits
        What is recorded of each epoch beside loss and accuracy.
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
    metrics: list[MetricOfLogits] = field(default_factory=list)


class TrainingLoop(Protocol):
    """Trains a compiled network in place: the compiled epoch, or `keras.Model.fit`.

    After a loop the history has the figures of each epoch that was finished, also when Ctrl-C
    ended it. Where it fails, the network is left as it was.
    """

    def __call__(
        self,
        network: keras.Model,
        samples: Samples,
        validation: Samples | None,
        history: History,
        plan: TrainingPlan,
    ) -> None:
        """Train.

        Parameters
        ----------
        network : keras.Model
            Compiled with an optimiser and a loss over logits.
        samples : Samples
            What to train on, with the targets of the loss.
        validation : Samples or None
            What to evaluate on after each epoch.
        history : dict of list of float
            Takes the figures of each epoch.
        plan : TrainingPlan
            How to train.

        Raises
        ------
        DivergenceError
            If the loss is NaN or infinite after an epoch.
        """
