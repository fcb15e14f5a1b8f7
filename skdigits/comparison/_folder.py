"""The folder of a comparison: what is finished stays, whatever happens to the run."""

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
from ._pieces import (
    DamagedPieceError,
    pack_predictions,
    read_json,
    read_piece,
    read_scores,
    spell_piece,
    to_model,
    to_predictions,
)
from ._tasks import FitScores, Predictions, Samples, SamplesFile, TrainedModel

#: Raised when a file of the folder changes its meaning.
FORMAT = 1
_SAMPLES = ".samples.joblib"
_CONFIGURATION = "configuration.json"


class DamagedFolderWarning(UserWarning):
    """Some of what a folder kept is damaged, and computed again."""


class ComparisonFolder:
    """Keeps each finished piece of a comparison in a file of its own.

    Nothing of it is unpickled here. A piece that cannot be read counts as not done.

    Parameters
    ----------
    path : pathlib.Path
        The folder; it exists.
    is_kept : bool, default=True
        Whether it is there after the run. Then each piece is on the disk before the run goes on.
    """

    def __init__(self, path: Path, *, is_kept: bool = True) -> None:
        self.path = path
        self._is_kept = is_kept
        self._fits = path / "fits"
        self._models = path / "models"
        self._predictions = path / "predictions"

    def stored_configuration(self) -> dict[str, Any] | None:
        """Read the configuration of the runs before.

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
            reason = "it does not say what was compared"
        except DamagedPieceError as error:
            stored, reason = {}, str(error)
        if stored is None or (isinstance(stored, dict) and isinstance(stored.get("seed"), int)):
            return stored
        raise FolderMismatchError(
            f"Nobody can tell which comparison {self.path} holds: {path} is damaged ({reason}). "
            "Put a copy of that file back, name another folder, or delete this one to begin anew."
        )

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
        if stored is not None and stored != wanted:
            raise FolderMismatchError(
                f"{self.path} holds another comparison. It differs in: "
                f"{'; '.join(_differences(stored, wanted))}. Name another folder, or repeat the "
                "comparison that is there."
            )
        for folder in (self._fits, self._models, self._predictions):
            make_subfolder(self.path, folder.name)
        if stored is None:
            text = json.dumps(wanted, indent=2)
            self._write(_CONFIGURATION, lambda path: path.write_text(text, "utf-8"))

    def find_damaged(self) -> list[str]:
        """Find the pieces that cannot be read, and so will be computed again.

        Returns
        -------
        names : list of str
            Their files in order; of one that has two files, ``models/NAME.*``.
        """
        damaged = []
        pieces = (self._fits, self._models, self._predictions)
        for path in sorted(path for folder in pieces for path in folder.glob("[!.]*.json")):
            try:
                self._read(path)
            except DamagedPieceError:
                has_two = path.parent != self._fits
                shown = path.with_suffix(".*") if has_two else path
                damaged.append(shown.relative_to(self.path).as_posix())
        return damaged

    def write_samples(self, samples: Samples) -> SamplesFile:
        """Write the training samples, for the worker processes of this run.

        Parameters
        ----------
        samples : Samples
            The training samples.

        Returns
        -------
        file : SamplesFile
            The file; what somebody puts in its place is not read.
        """
        digests = []

        def write(path: Path) -> None:
            joblib.dump(tuple(samples), path)
            with path.open("rb") as file:
                digests.append(hashlib.file_digest(file, "sha256").hexdigest())

        self._write(_SAMPLES, write, outlasts_power_cut=False)
        return SamplesFile(self.path / _SAMPLES, *digests)

    def remove_samples(self) -> None:
        """Remove the training samples again, if they were written."""
        # What keeps it from that, such as a folder that is gone, has ended the run already.
        with suppress(OSError):
            (self.path / _SAMPLES).unlink()

    def read_fits(self) -> dict[str, FitScores]:
        """Read the scores of all finished fits.

        Returns
        -------
        fits : dict of str to FitScores
            Under the key that `write_fit` was given.
        """
        fits = {}
        for path in self._fits.glob("[!.]*.json"):
            with suppress(DamagedPieceError):
                fits[path.stem] = read_scores(path)
        return fits

    def write_fit(self, key: str, scores: FitScores) -> None:
        """Keep the scores of a fit.

        Parameters
        ----------
        key : str
            Name of the fit, fit for a file name.
        scores : FitScores
            Its scores.
        """
        self._write_text(f"fits/{key}.json", spell_piece(key, asdict(scores)))

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
        model: TrainedModel | None = self._find(self._models / f"{name}.json", key)
        return model

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
        self._write_text(f"models/{name}.json", spell_piece(key, costs, model.dump))

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
        predictions: Predictions | None = self._find(self._predictions / f"{name}.json", key)
        return predictions

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
        try:
            content, arrays = pack_predictions(predictions)
        except (TypeError, ValueError):
            return  # labels without a form for files, or too many: the model is asked again
        (self._predictions / f"{name}.json").unlink(missing_ok=True)
        self._write(f"predictions/{name}.npz", lambda path: path.write_bytes(arrays))
        self._write_text(f"predictions/{name}.json", spell_piece(key, content, arrays))

    def _find(self, path: Path, key: str) -> Any:
        """Read a model or its predictions, if they are whole and have the key."""
        try:
            stored_key, piece = self._read(path)
        except DamagedPieceError:
            return None
        return piece if stored_key == key else None

    def _read(self, path: Path) -> tuple[str | None, Any]:
        """Read a piece of any kind, and its key."""
        if path.parent == self._fits:
            return path.stem, read_scores(path)
        is_model = path.parent == self._models
        found = read_piece(path, path.with_suffix(".joblib" if is_model else ".npz"))
        if found is None:
            return None, None
        key, content, beside = found
        return key, (to_model if is_model else to_predictions)(content, beside)

    def _write_text(self, name: str, text: str) -> None:
        self._write(name, lambda path: path.write_text(text, encoding="utf-8"))

    def _write(
        self, name: str, write: Callable[[Path], object], *, outlasts_power_cut: bool = True
    ) -> None:
        """Write a file whole, or say what is lost and what to do."""
        if self._is_kept:
            kept = "What was finished before is kept"
            again = "start the same comparison again to go on"
        else:
            kept = "Nothing is kept without folder=..."
            again = "start the comparison again"
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
    """Have a folder for one run alone.

    Parameters
    ----------
    path : pathlib.Path
        The folder; made if it is not there.
    is_kept : bool, default=True
        As for `ComparisonFolder`.

    Yields
    ------
    folder : ComparisonFolder
        The folder, locked against other runs.

    Raises
    ------
    FolderInUseError
        If another run has it.
    OSError
        If it cannot be made or locked.
    """
    with lock_folder(path):
        folder = ComparisonFolder(path, is_kept=is_kept)
        try:
            yield folder
        finally:
            folder.remove_samples()


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
