"""The folder of a comparison: it keeps all finished results, whatever happens to the run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import joblib

from .._files import lock_folder, make_subfolder, write_file
from ..exceptions import FolderMismatchError
from ._result_files import (
    DamagedResultError,
    pack_predictions,
    read_json,
    read_result,
    read_scores,
    result_to_json,
    to_model,
    to_predictions,
)
from ._tasks import FitScores, LabelledSamples, Predictions, SamplesFile, TrainedModel

#: Increased when a file of the folder changes its meaning.
FORMAT = 1
_SAMPLES = ".samples.joblib"
_CONFIGURATION = "configuration.json"


class DamagedFolderWarning(UserWarning):
    """Some results in a folder are damaged and computed again."""


class ComparisonFolder:
    """Keeps the result of each finished task in a file of its own.

    Nothing is unpickled here. A result that cannot be read counts as not finished.

    Parameters
    ----------
    path : pathlib.Path
        The folder; it exists.
    is_kept : bool, default=True
        Whether it remains after the run. If so, each result is flushed to disk before the run
        continues.
    """

    def __init__(self, path: Path, *, is_kept: bool = True) -> None:
        self.path = path
        self._is_kept = is_kept
        self._fits = path / "fits"
        self._models = path / "models"
        self._predictions = path / "predictions"

    def stored_configuration(self) -> dict[str, Any] | None:
        """Read the configuration of the earlier runs.

        Returns
        -------
        configuration : dict or None
            None in a new folder.

        Raises
        ------
        FolderMismatchError
            If it cannot be read.
        """
        path = self.path / _CONFIGURATION
        try:
            stored = read_json(path)
            reason = "it does not describe a comparison"
        except DamagedResultError as error:
            stored, reason = {}, str(error)
        if stored is None or (isinstance(stored, dict) and isinstance(stored.get("seed"), int)):
            return stored
        raise FolderMismatchError(
            f"Cannot tell which comparison {self.path} holds: {path} is damaged ({reason}). "
            "Restore a copy of that file, choose another folder, or delete this one to restart."
        )

    def configure(self, configuration: Mapping[str, Any]) -> None:
        """Start a comparison in the folder, or resume the same one.

        Parameters
        ----------
        configuration : dict
            What must be equal for results to be comparable; must be JSON serialisable.

        Raises
        ------
        FolderMismatchError
            If the folder holds another comparison; the message lists the differences.
        """
        wanted = json.loads(json.dumps({"format": FORMAT, **configuration}))
        stored = self.stored_configuration()
        if stored is not None and stored != wanted:
            raise FolderMismatchError(
                f"{self.path} holds another comparison. It differs in: "
                f"{'; '.join(_differences(stored, wanted))}. Choose another folder, or use the "
                "same settings as that comparison."
            )
        for folder in (self._fits, self._models, self._predictions):
            make_subfolder(self.path, folder.name)
        if stored is None:
            text = json.dumps(wanted, indent=2)
            self._write(_CONFIGURATION, lambda path: path.write_text(text, "utf-8"))

    def find_damaged(self) -> list[str]:
        """Find the results that cannot be read and will be computed again.

        Returns
        -------
        names : list of str
            Their files in order; ``models/NAME.*`` for a result with two files.
        """
        damaged = []
        folders = (self._fits, self._models, self._predictions)
        for path in sorted(path for folder in folders for path in folder.glob("[!.]*.json")):
            try:
                self._read(path)
            except DamagedResultError:
                has_two = path.parent != self._fits
                shown = path.with_suffix(".*") if has_two else path
                damaged.append(shown.relative_to(self.path).as_posix())
        return damaged

    def write_samples(self, samples: LabelledSamples) -> SamplesFile:
        """Write the training samples, for the worker processes of this run.

        Parameters
        ----------
        samples : LabelledSamples
            The training samples.

        Returns
        -------
        file : SamplesFile
            The file; if another one takes its place, it is not read.
        """
        digests = []

        def write(path: Path) -> None:
            joblib.dump(tuple(samples), path)
            with path.open("rb") as file:
                digests.append(hashlib.file_digest(file, "sha256").hexdigest())

        self._write(_SAMPLES, write, outlasts_power_cut=False)
        return SamplesFile(self.path / _SAMPLES, *digests)

    def remove_samples(self) -> None:
        """Remove the training samples, if they were written."""
        # An error that prevents this, such as a missing folder, has ended the run already.
        with suppress(OSError):
            (self.path / _SAMPLES).unlink()

    def read_fits(self) -> dict[str, FitScores]:
        """Read the scores of all finished fits.

        Returns
        -------
        fits : dict of str to FitScores
            Scores by the key that was passed to `write_fit`.
        """
        fits = {}
        for path in self._fits.glob("[!.]*.json"):
            with suppress(DamagedResultError):
                fits[path.stem] = read_scores(path)
        return fits

    def write_fit(self, key: str, scores: FitScores) -> None:
        """Keep the scores of a fit.

        Parameters
        ----------
        key : str
            Name of the fit, valid as a file name.
        scores : FitScores
            Its scores.
        """
        self._write_text(f"fits/{key}.json", result_to_json(key, asdict(scores)))

    def read_model(self, name: str, key: str) -> TrainedModel | None:
        """Read a model that was trained on all samples.

        Parameters
        ----------
        name : str
            Name of the model.
        key : str
            The key that it must have been written with.

        Returns
        -------
        model : TrainedModel or None
            None if it is not finished.
        """
        model: TrainedModel | None = self._find(self._models / f"{name}.json", key)
        return model

    def write_model(self, name: str, key: str, model: TrainedModel) -> None:
        """Keep a trained model as a joblib file, and its training costs beside it.

        Parameters
        ----------
        name : str
            Name of the model.
        key : str
            Digest of everything it depends on.
        model : TrainedModel
            The model.
        """
        costs = {field: value for field, value in asdict(model).items() if field != "dump"}
        # Removed first, so that a run killed here leaves no model with the key of another.
        (self._models / f"{name}.json").unlink(missing_ok=True)
        self._write(f"models/{name}.joblib", lambda path: path.write_bytes(model.dump))
        self._write_text(f"models/{name}.json", result_to_json(key, costs, model.dump))

    def read_predictions(self, name: str, key: str) -> Predictions | None:
        """Read the predictions of a model on the test samples.

        Parameters
        ----------
        name : str
            Name of the model.
        key : str
            The key that they must have been written with.

        Returns
        -------
        predictions : Predictions or None
            None if it is not finished.
        """
        predictions: Predictions | None = self._find(self._predictions / f"{name}.json", key)
        return predictions

    def write_predictions(self, name: str, key: str, predictions: Predictions) -> None:
        """Keep the predictions of a model on the test samples.

        Parameters
        ----------
        name : str
            Name of the model.
        key : str
            Digest of everything they depend on.
        predictions : Predictions
            The predictions.
        """
        try:
            content, arrays = pack_predictions(predictions)
        except (TypeError, ValueError):
            return  # labels that no file can hold, or too many: predicted again when needed
        (self._predictions / f"{name}.json").unlink(missing_ok=True)
        self._write(f"predictions/{name}.npz", lambda path: path.write_bytes(arrays))
        self._write_text(f"predictions/{name}.json", result_to_json(key, content, arrays))

    def _find(self, path: Path, key: str) -> Any:
        """Read a model or its predictions, if they are whole and have the key."""
        try:
            stored_key, result = self._read(path)
        except DamagedResultError:
            return None
        return result if stored_key == key else None

    def _read(self, path: Path) -> tuple[str | None, Any]:
        """Read a result of any kind, and its key."""
        if path.parent == self._fits:
            return path.stem, read_scores(path)
        is_model = path.parent == self._models
        found = read_result(path, path.with_suffix(".joblib" if is_model else ".npz"))
        if found is None:
            return None, None
        key, content, beside = found
        return key, (to_model if is_model else to_predictions)(content, beside)

    def _write_text(self, name: str, text: str) -> None:
        self._write(name, lambda path: path.write_text(text, encoding="utf-8"))

    def _write(
        self, name: str, write: Callable[[Path], object], *, outlasts_power_cut: bool = True
    ) -> None:
        """Write a file completely, or say what is lost and what to do."""
        if self._is_kept:
            kept = "Everything finished before is kept"
            again = "run the same comparison again to resume"
        else:
            kept = "Without folder=..., nothing is kept"
            again = "run the comparison again"
        write_file(
            self.path,
            name,
            write,
            kept=kept,
            again=again,
            outlasts_power_cut=outlasts_power_cut and self._is_kept,
        )


@contextmanager
def open_folder(path: Path, *, is_kept: bool = True) -> Iterator[ComparisonFolder]:
    """Open the folder of a comparison for one run alone.

    Parameters
    ----------
    path : pathlib.Path
        The folder; created if it does not exist.
    is_kept : bool, default=True
        As for `ComparisonFolder`.

    Yields
    ------
    folder : ComparisonFolder
        The folder, locked against other runs.

    Raises
    ------
    FolderInUseError
        If another run is using it.
    OSError
        If it cannot be created or locked.
    """
    with lock_folder(path):
        folder = ComparisonFolder(path, is_kept=is_kept)
        try:
            yield folder
        finally:
            folder.remove_samples()


def _differences(stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """List the settings in which two configurations differ."""
    return [
        f"{name} ({_shorten(stored.get(name))} there, {_shorten(wanted.get(name))} here)"
        for name in sorted(stored.keys() | wanted.keys())
        if stored.get(name) != wanted.get(name)
    ]


def _shorten(value: Any) -> str:
    """Format a setting; of a dict only the names and short values."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shorten(each)}" for name, each in value.items())
    text = str(value)
    return text if len(text) <= 24 else f"{text[:8]}…"
