"""The folder of a comparison: what is finished stays, whatever happens to the run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import joblib

from .._files import lock_folder, write_whole
from ..exceptions import FolderMismatchError
from ._tasks import FitScores, Predictions, Samples, TrainedModel

#: Raised when a file of the folder changes its meaning.
FORMAT = 1
_SAMPLES = ".samples.joblib"


class ComparisonFolder:
    """Keeps each finished piece of a comparison in a file of its own.

    Parameters
    ----------
    path : pathlib.Path
        The folder; it exists.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fits = path / "fits"
        self._models = path / "models"

    def stored_configuration(self) -> dict[str, Any] | None:
        """Read the configuration of the runs before.

        Returns
        -------
        configuration : dict or None
            None in a new folder.
        """
        path = self.path / "configuration.json"
        if not path.exists():
            return None
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return stored

    def configure(self, configuration: Mapping[str, Any]) -> None:
        """Begin a comparison here, or go on with the same one.

        Parameters
        ----------
        configuration : dict
            What must be equal for results to be comparable; JSON can hold it.

        Raises
        ------
        FolderMismatchError
            If the folder holds another comparison; the message says what differs.
        """
        wanted = json.loads(json.dumps({"format": FORMAT, **configuration}))
        stored = self.stored_configuration()
        if stored is None:
            self._fits.mkdir(exist_ok=True)
            self._models.mkdir(exist_ok=True)
            text = json.dumps(wanted, indent=2)
            self._write("configuration.json", lambda path: path.write_text(text, "utf-8"))
        elif stored != wanted:
            raise FolderMismatchError(
                f"{self.path} holds another comparison. It differs in: "
                f"{'; '.join(_differences(stored, wanted))}. Name another folder, or repeat the "
                "comparison that is there."
            )

    def write_samples(self, samples: Samples) -> Path:
        """Write the training samples, for the worker processes of this run.

        Parameters
        ----------
        samples : Samples
            The training samples.

        Returns
        -------
        path : pathlib.Path
            The file.
        """
        self._write(_SAMPLES, lambda path: joblib.dump(tuple(samples), path))
        return self.path / _SAMPLES

    def remove_samples(self) -> None:
        """Remove the training samples again, if they were written."""
        (self.path / _SAMPLES).unlink(missing_ok=True)

    def read_fits(self) -> dict[str, FitScores]:
        """Read the scores of all finished fits.

        Returns
        -------
        fits : dict of str to FitScores
            Under the key that `write_fit` was given.
        """
        return {
            path.stem: FitScores(**json.loads(path.read_text(encoding="utf-8")))
            for path in self._fits.glob("[!.]*.json")
        }

    def write_fit(self, key: str, scores: FitScores) -> None:
        """Keep the scores of a fit.

        Parameters
        ----------
        key : str
            Name of the fit, fit for a file name.
        scores : FitScores
            Its scores.
        """
        text = json.dumps(asdict(scores))
        self._write(f"fits/{key}.json", lambda path: path.write_text(text, encoding="utf-8"))

    def read_model(self, name: str, key: str) -> TrainedModel | None:
        """Read a model that was trained on all samples.

        Parameters
        ----------
        name : str
            Name of the model.
        key : str
            What it must have been written with.

        Returns
        -------
        model : TrainedModel or None
            None if it is not finished.
        """
        costs = self._read_json(f"models/{name}.json", key)
        path = self._models / f"{name}.joblib"
        if costs is None or not path.exists():
            return None
        return TrainedModel(**costs, dump=path.read_bytes())

    def write_model(self, name: str, key: str, model: TrainedModel) -> None:
        """Keep a trained model: itself as a joblib file, and what training it took.

        Parameters
        ----------
        name : str
            Name of the model.
        key : str
            What it depends on.
        model : TrainedModel
            The model.
        """
        costs = {field: value for field, value in asdict(model).items() if field != "dump"}
        # First, so that a run killed here leaves no model under the key of another.
        (self._models / f"{name}.json").unlink(missing_ok=True)
        self._write(f"models/{name}.joblib", lambda path: path.write_bytes(model.dump))
        self._write_json(f"models/{name}.json", key, costs)

    def read_predictions(self, name: str, key: str) -> Predictions | None:
        """Read what a model said of the test samples.

        Parameters
        ----------
        name : str
            Name of the model.
        key : str
            What it must have been written with.

        Returns
        -------
        predictions : Predictions or None
            None if it is not finished.
        """
        path = self._models / f"{name}-predictions.joblib"
        if not path.exists():
            return None
        stored_key, predictions = joblib.load(path)
        return predictions if stored_key == key else None

    def write_predictions(self, name: str, key: str, predictions: Predictions) -> None:
        """Keep what a model said of the test samples.

        Parameters
        ----------
        name : str
            Name of the model.
        key : str
            What it depends on.
        predictions : Predictions
            What it said.
        """
        content = key, predictions
        self._write(f"models/{name}-predictions.joblib", lambda path: joblib.dump(content, path))

    def _read_json(self, name: str, key: str) -> dict[str, Any] | None:
        """Read what was written with a key."""
        path = self.path / name
        if not path.exists():
            return None
        stored_key, content = json.loads(path.read_text(encoding="utf-8"))
        return content if stored_key == key else None

    def _write_json(self, name: str, key: str, content: dict[str, Any]) -> None:
        text = json.dumps([key, content])
        self._write(name, lambda path: path.write_text(text, encoding="utf-8"))

    def _write(self, name: str, write: Callable[[Path], object]) -> None:
        """Write a file whole, or say that nothing is lost."""
        advice = (
            "What was finished before is kept: make room, and start the same comparison again "
            "to go on"
        )
        write_file(self.path, name, write, advice=advice)


@contextmanager
def open_folder(path: Path) -> Iterator[ComparisonFolder]:
    """Have a folder for one run alone.

    Parameters
    ----------
    path : pathlib.Path
        The folder; made if it is not there.

    Yields
    ------
    folder : ComparisonFolder
        The folder, locked against other runs.

    Raises
    ------
    FolderInUseError
        If another run has it.
    """
    with lock_folder(path):
        folder = ComparisonFolder(path)
        try:
            yield folder
        finally:
            folder.remove_samples()


def write_file(folder: Path, name: str, write: Callable[[Path], object], *, advice: str) -> None:
    """Write a file of a folder whole, or say what to do.

    Parameters
    ----------
    folder : pathlib.Path
        The folder.
    name : str
        Name of the file in it.
    write : callable
        Writes to the path that it is given.
    advice : str
        What to do where it cannot be written, as where the disk is full.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    try:
        write_whole(folder / name, write)
    except OSError as error:
        message = f"cannot write {name} ({error.strerror}). {advice}"
        raise OSError(error.errno, message, str(folder)) from error


def _differences(stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Say in which settings two configurations differ."""
    return [
        f"{name} ({_shorten(stored.get(name))} there, {_shorten(wanted.get(name))} here)"
        for name in sorted(stored.keys() | wanted.keys())
        if stored.get(name) != wanted.get(name)
    ]


def _shorten(value: Any) -> str:
    """Spell a setting; of a dict only the names and short values."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shorten(each)}" for name, each in value.items())
    text = str(value)
    return text if len(text) <= 24 else f"{text[:8]}…"
