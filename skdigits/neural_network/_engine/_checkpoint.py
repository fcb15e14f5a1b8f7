"""A training on disk after each epoch, in arrays and JSON: no code runs when it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

from ..._archive import (
    ArchiveError,
    DamagedArchiveError,
    OtherFileError,
    array_from_bytes,
    array_name,
    array_to_bytes,
    is_count,
    is_whole,
    json_from_bytes,
    json_to_bytes,
    pack,
    shown,
    unpack,
)
from ..._files import write_file
from ..._plurals import counted
from ..._typing import AnyArray
from ..._warnings import warn_user
from ...exceptions import CheckpointError
from ._averaging import WeightAverage
from ._checkpoint_key import training_key
from ._plan import Samples, TrainingPlan
from ._state import assign_state, network_state

#: The part by which the file is known, and that of formats before 3, which NumPy wrote alone.
_DESCRIPTION, _OLD_DESCRIPTION = "training.json", b"words.npy"
_FORMAT = 3
#: What Keras' callbacks gather from epoch to epoch; the others' is not known.
_GATHERED = {
    keras.callbacks.EarlyStopping: ("wait", "best", "best_epoch", "best_weights"),
    keras.callbacks.ReduceLROnPlateau: ("wait", "best", "cooldown_counter"),
}
#: Larger integers do not fit into an int32 tensor.
_MOST = 2**31
#: What a file may have beside arrays of the sizes of the network's: for each epoch and in all.
_BYTES_PER_EPOCH, _MORE_BYTES = 2**10, 2**24


def find_checkpoint(
    folder: Path,
    network: keras.Model,
    samples: Samples,
    validation: Samples | None,
    plan: TrainingPlan,
) -> Checkpoint:
    """Find the file of a training.

    Parameters
    ----------
    folder : pathlib.Path
        Where it is, or will be.
    network, samples, validation, plan
        As for `training_key`.

    Returns
    -------
    checkpoint : Checkpoint
        Its file, there or not.

    Raises
    ------
    CheckpointError
        If the network has parts that are not Keras' own, or the folder cannot be made.
    """
    key = training_key(network, samples, validation, plan)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CheckpointError(
            f"checkpoint_dir must be a writable folder, but {error}. Choose another folder."
        ) from error
    return Checkpoint(folder / f"{key}.npz", plan)


class Checkpoint:
    """The file of one training.

    Parameters
    ----------
    path : pathlib.Path
        The file, there or not.
    plan : TrainingPlan
        How the training goes.
    """

    def __init__(self, path: Path, plan: TrainingPlan) -> None:
        self.path = path
        self._plan = plan

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

        A network whose weights are not finite is not saved: the training fails in the
        next epoch, and so does one that begins again from the epoch before.

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
        state = [variable.numpy() for variable in network_state(network)]
        kind, keys, *position = random_state.get_state()
        gathered = [_gathered_by(callback) for callback in callbacks]
        best = [of_one.pop("best_weights", None) or [] for of_one in gathered]
        sums = [] if average is None else average.sums
        figures = np.array(list(history.values()), dtype=np.float64)
        arrays = [keys, figures, *state, *sums, *(w for weights in best for w in weights)]
        if not all(np.isfinite(array).all() for array in (*state, *sums)):
            return
        described = {
            "format": _FORMAT,
            "training": self.path.stem,
            "epochs_done": epochs_done,
            "history": list(history),
            "random": [kind, *position],
            "averaged": 0 if average is None else average.count,
            "callbacks": [
                {name: _plain(value) for name, value in of_one.items()} for of_one in gathered
            ],
            "best": list(map(len, best)),
        }
        numbered = {array_name(i): array_to_bytes(array) for i, array in enumerate(arrays)}
        content = pack({_DESCRIPTION: json_to_bytes(described), **numbered})
        try:
            write_file(
                self.path.parent,
                self.path.name,
                lambda unfinished: unfinished.write_bytes(content),
                kept="The epochs before it are saved",
                again="run the same fit again to resume it",
            )
        except OSError as error:
            raise CheckpointError(
                f"Epoch {epochs_done} of the training cannot be saved: {error}."
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
            As for `save`; they are written into, once all of the file was found right.

        Returns
        -------
        epochs_done : int
            0 where there is no file or a damaged one, and nothing is changed.
        remembered : list of dict
            The attributes to give to each callback when the training begins again.

        Raises
        ------
        CheckpointError
            If the file cannot be read, or is whole and not the one of this training.

        Warns
        -----
        UserWarning
            If the file is damaged, as after a power cut.
        """
        if not self.path.is_file():
            return 0, []
        try:
            parts = self._read(network)
            if parts is None:
                return 0, []
            stored = _Stored(parts, self.path.stem)
            stored.check(network, history, average, self._plan)
        except CheckpointError:
            raise
        except Exception as error:
            # A made-up file can raise anything.
            raise CheckpointError(
                f"{self.path} is not a readable checkpoint: "
                f"{shown(error).rstrip('.')}. Delete it to train from the beginning."
            ) from error
        assign_state(network, stored.state)
        history.clear()
        history.update(stored.history)
        random_state.set_state(stored.random)
        if average is not None:
            average.count, average.sums = stored.averaged, stored.sums
        return stored.epochs_done, stored.callbacks

    def _read(self, network: keras.Model) -> dict[str, bytes] | None:
        """Read the parts of the file; None where it is damaged."""
        state = sum(variable.numpy().nbytes for variable in network_state(network))
        n_epochs = self._plan.initial_epoch + self._plan.epochs
        most = (4 + len(self._plan.callbacks)) * state + _BYTES_PER_EPOCH * n_epochs + _MORE_BYTES
        size = self.path.stat().st_size
        if size > most:
            raise ArchiveError(f"it has {size:,} bytes; at most {most:,} are allowed.")
        content = self.path.read_bytes()
        if content[30:39] == _OLD_DESCRIPTION:
            raise ArchiveError(f"it has format 2 or older; only format {_FORMAT} can be read.")
        try:
            return unpack(content, _DESCRIPTION)
        except (OtherFileError, DamagedArchiveError):
            if is_whole(content):
                raise
            warn_user(
                f"{self.path} is damaged, as after a power cut, so the training starts from the "
                "beginning. The next epoch replaces the file; there is nothing to do."
            )
            return None


class _Stored:
    """What a checkpoint says, taken apart and checked before any of it is used.

    Parameters
    ----------
    parts : dict of str to bytes
        Of the file.
    training : str
        Which one it must be.
    """

    def __init__(self, parts: dict[str, bytes], training: str) -> None:
        described = json_from_bytes(parts.pop(_DESCRIPTION))
        if described["format"] != _FORMAT or type(described["format"]) is not int:
            raise ValueError(f"it has format {shown(described['format'])} instead of {_FORMAT}.")
        if described["training"] != training:
            raise ValueError(f"it belongs to the training {shown(described['training'])}.")
        self._arrays = [array_from_bytes(parts.pop(array_name(i))) for i in range(len(parts))]
        self.epochs_done: int = described["epochs_done"]
        self.averaged: int = described["averaged"]
        self.callbacks: list[dict[str, Any]] = described["callbacks"]
        self._best: list[int] = described["best"]
        self._names: list[str] = described["history"]
        self._position: list[Any] = described["random"]
        self.state: list[AnyArray] = []
        self.sums: list[AnyArray] = []

    def check(
        self,
        network: keras.Model,
        history: dict[str, list[float]],
        average: WeightAverage | None,
        plan: TrainingPlan,
    ) -> None:
        """See that it can be a point of this training, and take its arrays."""
        if not (is_count(self.epochs_done) and 1 <= self.epochs_done <= plan.epochs):
            raise ValueError(
                f"it says that {shown(self.epochs_done)} of {plan.epochs} epochs are done."
            )
        self._take_random()
        self._take_history(history, plan)
        self.state = self._take("weights", [v.numpy() for v in network_state(network)])
        zeros = [np.zeros(weight.shape) for weight in network.trainable_variables]
        if not is_count(self.averaged) or (self.averaged and average is None):
            raise ValueError(f"it says that it has the mean of {shown(self.averaged)} weights.")
        self.sums = self._take("means", zeros if self.averaged else [])
        self._take_callbacks(network, plan)
        if self._arrays:
            raise ValueError(f"it has {counted(len(self._arrays), 'array')} too many.")

    def _take(self, what: str, like: list[AnyArray]) -> list[AnyArray]:
        """Take the next arrays, which must be like others but for their numbers."""
        taken, self._arrays = self._arrays[: len(like)], self._arrays[len(like) :]
        for found, expected in zip(taken, like, strict=True):
            if (found.shape, found.dtype) != (expected.shape, expected.dtype):
                raise ValueError(
                    f"{what} are {shown(found.dtype.name)} of shape {found.shape} instead of "
                    f"{expected.dtype} of shape {expected.shape}."
                )
            if not np.isfinite(found).all():
                raise ValueError(f"{what} are not finite.")
        return taken

    def _take_random(self) -> None:
        """Take the state of the source of the shuffling."""
        kind, place, has_gauss, gauss = self._position
        [keys] = self._take("numbers", [np.zeros(624, np.uint32)])
        is_right = (
            kind == "MT19937"
            and (is_count(place) and place <= len(keys))
            and (is_count(has_gauss) and has_gauss <= 1)
            and (isinstance(gauss, float) and np.isfinite(gauss))
            and keys.any()
        )
        if not is_right:
            raise ValueError(
                f"it says that the state of the random numbers is {shown(self._position)}."
            )
        self.random = ("MT19937", keys, place, has_gauss, gauss)

    def _take_history(self, before: dict[str, list[float]], plan: TrainingPlan) -> None:
        """Take the figures of the epochs, of which early stopping may have left out the last."""
        names = self._names
        if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
            raise ValueError(f"its metrics have invalid names: {shown(names)}.")
        if not {"loss", "accuracy", *before} <= set(names):
            raise ValueError(f"some metrics are missing; it has only {shown(names)}.")
        figures = self._arrays.pop(0)
        n_before = max(map(len, before.values()), default=0)
        most = n_before + self.epochs_done
        least = n_before + 1 if self.epochs_done == plan.epochs else most
        if (
            figures.dtype != np.float64
            or figures.ndim != 2
            or len(figures) != len(names)
            or not least <= figures.shape[1] <= most
        ):
            raise ValueError(
                f"{len(names)} metrics of {most} epochs are {shown(figures.dtype.name)} of shape "
                f"{figures.shape}."
            )
        self.history = dict(zip(names, figures.tolist(), strict=True))

    def _take_callbacks(self, network: keras.Model, plan: TrainingPlan) -> None:
        """Take what the callbacks have gathered: nothing once the training is over."""
        callbacks = plan.callbacks if self.epochs_done < plan.epochs else []
        weights = network.get_weights()
        for callback, attributes, n_best in zip(
            callbacks, self.callbacks, self._best, strict=True
        ):
            if not _is_gathered_by(callback, attributes, has_best=n_best != 0):
                raise ValueError(
                    f"it says that a {type(callback).__name__} has gathered {shown(attributes)}."
                )
            if n_best:
                if n_best != len(weights):
                    raise ValueError(f"it says that the best weights are {shown(n_best)} arrays.")
                attributes["best_weights"] = self._take("the best weights", weights)


def _plain(value: Any) -> Any:
    """Give the numbers of other libraries as Python's."""
    if value is None or isinstance(value, (int, float)):
        return value
    return value.item() if isinstance(value, np.generic) else float(value)


def _gathered_by(callback: keras.callbacks.Callback) -> dict[str, Any]:
    """Collect what a callback remembers of the epochs behind it: numbers, None and weights."""
    return {name: getattr(callback, name) for name in _gathered_names(callback)}


def _is_gathered_by(
    callback: keras.callbacks.Callback, attributes: Any, *, has_best: bool
) -> bool:
    """Whether a callback can have gathered such attributes, and best weights beside them."""
    names = set(_gathered_names(callback))
    if not isinstance(attributes, dict) or names - {"best_weights"} != set(attributes):
        return False
    best = attributes.get("best")
    counts = [value for name, value in attributes.items() if name != "best"]
    return (
        (not has_best or "best_weights" in names)
        and (best is None or type(best) is float or (type(best) is int and abs(best) < _MOST))
        and all(type(count) is int and 0 <= count < _MOST for count in counts)
    )


def _gathered_names(callback: keras.callbacks.Callback) -> list[str]:
    """Name the attributes in which a callback gathers something."""
    return [name for kind in _GATHERED if isinstance(callback, kind) for name in _GATHERED[kind]]
