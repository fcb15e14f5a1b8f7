"""What a comparison found."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
from sklearn.base import BaseEstimator

from .._typing import AnyArray, FloatArray
from ..inspection import ComparisonDisplay
from ._figures import draw_figures
from ._folder import write_file
from ._html import render_report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TITLES = (
    "model",
    "cv accuracy",
    "test error",
    "95 % interval",
    "p",
    "fit",
    "predict 1,000",
    "predict one",
    "size",
    "best parameters",
)


@dataclass(frozen=True)
class ModelResult:
    """What a comparison found of one model.

    Parameters
    ----------
    model : str
        Name of the model.
    cv_mean, cv_std : float
        Mean accuracy of its best candidate over the folds, in [0, 1], and the
        standard deviation over them.
    cv_f1 : float
        Mean macro-averaged F1 of that candidate, in [0, 1].
    cv_log_loss : float or None
        Mean log loss of that candidate; None for a model without ``predict_proba``.
    n_candidates : int
        Number of candidates that were scored on all folds; in a halving search, of any
        of its rounds.
    n_left_out : int
        Number of candidates that failed, or for which the time limit left no time.
    best_params : dict
        Parameters of the best candidate.
    fit_time : float
        Seconds to train the best candidate on all training samples, on one core.
    size : int
        Bytes of the trained model as a compressed joblib file.
    n_parameters : int or None
        Number of trained weights; None for a model that has none, such as k-NN.
    test_error : float or None
        Share of the test samples that it gets wrong; this and what follows is None
        without test samples.
    test_error_low, test_error_high : float or None
        Wilson's 95 % interval of the test error.
    test_log_loss, calibration_error : float or None
        Log loss, and expected calibration error in 15 bins; None for a model
        without ``predict_proba``.
    p_value : float or None
        Of McNemar's test against the winner on the test samples, with Holm's
        correction for the number of models; None for the winner.
    predict_time : float or None
        Seconds to predict 1,000 test samples at once, on one core.
    predict_one_time : float or None
        Seconds to predict one test sample, median of several calls.
    on_frontier : bool or None
        Whether no other model is as good in both test_error and predict_time, and better
        in one of them.

    See Also
    --------
    ComparisonReport : Holds one for each model.

    Examples
    --------
    >>> from skdigits.comparison import ModelResult
    >>> result = ModelResult(
    ...     model="knn", cv_mean=0.93, cv_std=0.01, cv_f1=0.93, cv_log_loss=0.4, n_candidates=6,
    ...     n_left_out=0, best_params={}, fit_time=0.1, size=9_000, n_parameters=None,
    ... )
    >>> result.test_error is None
    True
    """

    model: str
    cv_mean: float
    cv_std: float
    cv_f1: float
    cv_log_loss: float | None
    n_candidates: int
    n_left_out: int
    best_params: dict[str, Any]
    fit_time: float
    size: int
    n_parameters: int | None
    test_error: float | None = None
    test_error_low: float | None = None
    test_error_high: float | None = None
    test_log_loss: float | None = None
    calibration_error: float | None = None
    p_value: float | None = None
    predict_time: float | None = None
    predict_one_time: float | None = None
    on_frontier: bool | None = None


@dataclass(frozen=True)
class WinnerPredictions:
    """What the winner said of the test samples.

    Parameters
    ----------
    X : ndarray, shape (n_samples, ...)
        The test samples.
    y : ndarray of shape (n_samples,)
        Their labels.
    predicted : ndarray of shape (n_samples,)
        The winner's labels.
    probabilities : ndarray of float, shape (n_samples, n_classes), or None
        The winner's probabilities, in the order of `classes`; None if it has none.
    classes : ndarray of shape (n_classes,)
        All labels.

    See Also
    --------
    skdigits.inspection.MisclassifiedDisplay : Shows what it got wrong.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.comparison import WinnerPredictions
    >>> pictures, digits = np.zeros((2, 28, 28)), np.array([3, 7])
    >>> said = WinnerPredictions(pictures, digits, np.array([3, 1]), None, np.arange(10))
    >>> int((said.predicted != said.y).sum())
    1
    """

    X: AnyArray
    y: AnyArray
    predicted: AnyArray
    probabilities: FloatArray | None
    classes: AnyArray


@dataclass(frozen=True)
class ComparisonReport:
    """The results of a comparison, best cross-validated accuracy first.

    Parameters
    ----------
    results : tuple of ModelResult
        One for each model, best first.
    winner_dump : bytes
        The winner, trained on all training samples, as a compressed joblib file.
    statements : tuple of str
        What the statistics mean, in words.
    failures : dict of str to list of str
        For each model of which candidates were left out, why. A model that is here
        and not in `results` has no result at all.
    setting : dict of str to str
        How it was made: samples, folds, search, seed, versions, hardware.
    histories : dict of str to dict
        For each Keras network its ``history_``: losses and accuracies of each epoch
        of the last training.
    winner_predictions : WinnerPredictions or None
        The winner on the test samples, if there were any.

    Attributes
    ----------
    best_estimator_ : estimator
        The winner; loaded when it is first asked for.

    See Also
    --------
    compare : Makes it.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdigits.comparison import compare
    >>> X, y = load_digits(return_X_y=True)
    >>> report = compare(X, y, models=["dummy", "knn"], random_state=0)
    >>> report.results[0].model
    'knn'
    """

    results: tuple[ModelResult, ...]
    winner_dump: bytes
    statements: tuple[str, ...] = ()
    failures: Mapping[str, list[str]] = field(default_factory=dict)
    setting: Mapping[str, str] = field(default_factory=dict)
    histories: Mapping[str, dict[str, list[float]]] = field(default_factory=dict)
    winner_predictions: WinnerPredictions | None = None

    @cached_property
    def best_estimator_(self) -> BaseEstimator:
        """The winner, trained on all training samples."""
        return joblib.load(io.BytesIO(self.winner_dump))

    def to_frame(self) -> Any:
        """Return the results as a data frame.

        Returns
        -------
        frame : pandas.DataFrame
            A row a model, best first, with the fields of `ModelResult` as columns.
        """
        import pandas

        return pandas.DataFrame([asdict(result) for result in self.results])

    def to_csv(self) -> str:
        """Return the results as comma-separated values.

        Returns
        -------
        text : str
            A row a model, best first; the best parameters as JSON.
        """
        text = io.StringIO()
        names = [field.name for field in fields(ModelResult)]
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        for result in self.results:
            writer.writerow(
                asdict(result) | {"best_params": json.dumps(result.best_params, default=str)}
            )
        return text.getvalue()

    def to_markdown(self) -> str:
        """Return the results as a Markdown document.

        Returns
        -------
        text : str
            The statements, a table with a row a model, best first, what was left
            out, and the setting.
        """
        rows = [self.titles, ("---",) * len(self.titles), *self.rows()]
        parts = [
            "".join(f"- {statement}\n" for statement in self.statements),
            "".join(f"| {' | '.join(row)} |\n" for row in rows),
            "".join(
                f"- {model}: {reason}\n"
                for model, reasons in self.failures.items()
                for reason in reasons
            ),
            "".join(f"- {name}: {value}\n" for name, value in self.setting.items()),
        ]
        return "\n".join(part for part in parts if part)

    def to_html(self) -> str:
        """Return the report as a page in one file.

        Returns
        -------
        html : str
            A page that needs no other file and no network: statements, table,
            figures, what was left out, and the setting; light or dark as the
            browser prefers.
        """
        return render_report(self)

    def save(self, folder: str | Path) -> None:
        """Write the report and the winner.

        Each file is whole or not there: ``report.html``, ``report.md``,
        ``results.csv``, ``best.joblib`` (the winner, for `joblib.load`) and
        ``figures/``.

        Parameters
        ----------
        folder : str or pathlib.Path
            Where to; made if it is not there.

        Raises
        ------
        OSError
            If the folder cannot be written to, or the disk is full.
        """
        folder = Path(folder)
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        contents = {
            "best.joblib": self.winner_dump,
            "report.html": self.to_html().encode(),
            "report.md": self.to_markdown().encode(),
            "results.csv": self.to_csv().encode(),
        }
        for name, figure in draw_figures(self).items():
            contents[f"figures/{name}.{figure.extension}"] = figure.render()
        for name, content in contents.items():
            write_file(
                folder,
                name,
                partial(Path.write_bytes, data=content),
                advice="Make room and save again: nothing of the comparison is lost",
            )

    def plot(self, kind: str = "error", *, ax: Axes | None = None) -> ComparisonDisplay:
        """Draw the results.

        Parameters
        ----------
        kind : {"error", "fit_time", "predict_time"}, default="error"
            ``"error"`` for the errors with their intervals; else the errors against
            that cost, with the frontier of the models that no other beats in both.
        ax : matplotlib Axes, default=None
            Axes to draw on. If None, new ones.

        Returns
        -------
        display : ComparisonDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there is no such kind.
        """
        return ComparisonDisplay(self.results).plot(kind=kind, ax=ax)

    def rows(self) -> list[tuple[str, ...]]:
        """Return the results as text, cell by cell.

        Returns
        -------
        rows : list of tuple of str
            A row a model, best first, under `titles`; a star behind the name marks
            the frontier.
        """
        return [
            (
                result.model + (" *" if result.on_frontier else ""),
                f"{result.cv_mean:.2%} ± {100 * result.cv_std:.2f}",
                _spell("{:.2%}", result.test_error),
                _spell("{:.2%}", result.test_error_low)
                + _spell(" to {:.2%}", result.test_error_high),
                _spell("{:.2g}", result.p_value),
                f"{result.fit_time:.2f} s",
                _spell("{:.1f} ms", result.predict_time, 1000),
                _spell("{:.2f} ms", result.predict_one_time, 1000),
                f"{result.size / 1e6:.2f} MB",
                _spell_parameters(result.best_params),
            )
            for result in self.results
        ]

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles of the columns of `rows`."""
        return _TITLES


def _spell(template: str, number: float | None, factor: float = 1) -> str:
    """Spell a number, or nothing for none."""
    return "" if number is None else template.format(factor * number)


def _spell_parameters(params: dict[str, Any]) -> str:
    """Spell parameters without the name of their step."""
    return ", ".join(f"{name.rpartition('__')[2]}={value}" for name, value in params.items())
