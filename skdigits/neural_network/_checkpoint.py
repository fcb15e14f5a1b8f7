"""A training on disk after each epoch, in arrays and JSON: no code runs when it is read."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import joblib
import keras
import numpy as np

from .._files import write_whole
from ..exceptions import CheckpointError
from ._averaging import WeightAverage
from ._callback_settings import describe_callback, gathered_by
from ._network_state import assign_state, network_state
from ._plan import TrainingPlan
from ._programs import structure_key
from ._stretch import Samples

_FORMAT = 2


class Checkpoint:
    """The file of one training.

    Parameters
    ----------
    path : pathlib.Path
        The file, there or not.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(
        self,
        network: keras.Model,
        epochs_done: int,
        history: dict[str, list[float]],
        random_state: np.random.RandomState,
        average: WeightAverage | None,
        callbacks: list[keras.callbacks.Callback],
    ) -> None:
        """Write how far the training is, whole or not at all.

        Parameters
        ----------
        network : keras.Model
            In training.
        epochs_done : int
            Epochs of this training that are behind it.
        history : dict of list of float
            Their figures.
        random_state : numpy.random.RandomState
            Source of the shuffling.
        average : WeightAverage or None
            Of the weights.
        callbacks : list of keras.callbacks.Callback
            Of this fit.

        Raises
        ------
        CheckpointError
            If the file cannot be written.
        """
        kind, keys, *position = random_state.get_state()
        gathered = [gathered_by(callback) for callback in callbacks]
        best = [of_one.pop("best_weights", None) or [] for of_one in gathered]
        words = {
            "format": _FORMAT,
            "epochs_done": epochs_done,
            "history": history,
            "random": [kind, *position],
            "averaged": 0 if average is None else average.count,
            "callbacks": gathered,
        }
        arrays = {"words": np.array(json.dumps(words, default=float)), "random": keys}
        for i, variable in enumerate(network_state(network)):
            arrays[f"state_{i}"] = variable.numpy()
        for i, total in enumerate([] if average is None else average.sums):
            arrays[f"average_{i}"] = total
        for i, weights in enumerate(best):
            for j, weight in enumerate(weights):
                arrays[f"best{i}_{j}"] = weight

        def write(path: Path) -> None:
            with path.open("wb") as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]  # its stubs know one argument

        try:
            write_whole(self.path, write)
        except OSError as error:
            raise CheckpointError(
                f"Epoch {epochs_done} of the training cannot be kept in {self.path.parent}: "
                f"{error}. Make room there, and the same fit goes on after the epoch before."
            ) from error

    def load(
        self,
        network: keras.Model,
        history: dict[str, list[float]],
        random_state: np.random.RandomState,
        average: WeightAverage | None,
    ) -> tuple[int, list[dict[str, Any]]]:
        """Go back to where the training was.

        Parameters
        ----------
        network, history, random_state, average
            As for `save`; they are written into.

        Returns
        -------
        epochs_done : int
            0 where there is no file, and nothing is changed.
        remembered : list of dict
            The attributes to give to each callback when the training begins again.

        Raises
        ------
        CheckpointError
            If the file cannot be read.
        """
        if not self.path.is_file():
            return 0, []
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = dict(stored)
            words = json.loads(str(arrays["words"]))
            if words["format"] != _FORMAT:
                raise ValueError(f"format {words['format']} instead of {_FORMAT}")
            assign_state(network, _numbered(arrays, "state"))
        except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
            raise CheckpointError(
                f"{self.path} should hold a training that was broken off, but cannot be read: "
                f"{error}. Delete it to train from the beginning."
            ) from error
        history.clear()
        history.update(words["history"])
        kind, *position = words["random"]
        random_state.set_state((kind, arrays["random"], *position))
        if average is not None:
            average.count, average.sums = words["averaged"], _numbered(arrays, "average")
        remembered: list[dict[str, Any]] = words["callbacks"]
        for i, attributes in enumerate(remembered):
            weights = _numbered(arrays, f"best{i}")
            if weights:
                attributes["best_weights"] = weights
        return int(words["epochs_done"]), remembered


def find_checkpoint(
    network: keras.Model, samples: Samples, validation: Samples | None, plan: TrainingPlan
) -> Checkpoint | None:
    """Find the file of a training by all that decides on its result.

    Parameters
    ----------
    network : keras.Model
        Compiled.
    samples : Samples
        What it is trained on.
    validation : Samples or None
        What it is evaluated on.
    plan : TrainingPlan
        How it is trained.

    Returns
    -------
    checkpoint : Checkpoint or None
        None where the plan names no folder.

    Raises
    ------
    CheckpointError
        If the network has parts that are not Keras' own, or the folder cannot be made.
    """
    if plan.checkpoint_dir is None:
        return None
    structure = structure_key(network, network.loss, network.optimizer)
    if structure is None:
        raise CheckpointError(
            "checkpoint_dir needs a network of Keras' own layers, losses and functions: of others "
            "nobody can tell whether they are still the same. Set checkpoint_dir=None."
        )
    try:
        plan.checkpoint_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CheckpointError(
            f"checkpoint_dir must be a folder that can be written, but {error}. Name another."
        ) from error
    decisive: list[Any] = [
        keras.__version__,
        structure,
        str(network.optimizer.get_config().get("learning_rate")),
        [plan.batch_size, plan.initial_epoch, plan.epochs],
        [plan.augment_key, plan.weight_averaging, plan.checkpoint_key],
        [describe_callback(callback) for callback in plan.callbacks],
        [*samples, *(validation or ())],
        # Initial weights may come from anywhere: from another network, or a file.
        [variable.numpy() for variable in network_state(network)],
    ]
    return Checkpoint(plan.checkpoint_dir / f"{joblib.hash(decisive)}.npz")


def _numbered(arrays: dict[str, Any], name: str) -> list[Any]:
    """Collect the arrays of a numbered name, in order."""
    found = [key for key in arrays if key.startswith(f"{name}_")]
    return [arrays[f"{name}_{i}"] for i in range(len(found))]
