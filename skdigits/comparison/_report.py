"""The report of a comparison: tables, an HTML page, figures and files."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, fields
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
from sklearn.base import BaseEstimator

from .._files import make_subfolder, write_file
from ..inspection import ComparisonDisplay
from ._columns import format_number, format_p_value, format_parameters
from ._figures import draw_figures
from ._findings import Findings, ModelResult
from ._html import render_report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FRONTIER_NOTE = "* No other model has both a lower test error and a shorter prediction time."
_TITLES = (
    "model",
    "cv accuracy",
    "test error",
    "95% interval",
    "p",
    "fit",
    "predict 1,000",
    "predict one",
    "size",
    "best parameters",
)


@dataclass(frozen=True)
class ComparisonReport(Findings):
    """The results of a comparison, best cross-validated accuracy first.

    Parameters
    ----------
    results : tuple of ModelResult
        One for each model, best first.
    winner_dump : bytes
        The winner, trained on all training samples, as a compressed joblib file.
    statements : tuple of str
        Sentences that say what the statistics mean.
    failures : dict of str to list of str
        For each model with candidates that were left out, the reasons. A model that is
        here but not in `results` has no result.
    setting : dict of str to str
        Settings of the comparison: samples, folds, search, seed, versions, hardware.
    histories : dict of str to dict
        For each Keras network its ``history_``: losses and accuracies of each epoch
        of the final training.
    winner_predictions : WinnerPredictions or None
        The winner's predictions on the test samples, if there were any.

    Attributes
    ----------
    best_estimator_ : estimator
        The winner; loaded on first access.

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

    @cached_property
    def best_estimator_(self) -> BaseEstimator:
        """The winner, trained on all training samples."""
        return joblib.load(io.BytesIO(self.winner_dump))

    def to_frame(self) -> Any:
        """Return the results as a data frame.

        Returns
        -------
        frame : pandas.DataFrame
            One row per model, best first, with the fields of `ModelResult` as columns.
        """
        import pandas

        return pandas.DataFrame([asdict(result) for result in self.results])

    def to_csv(self) -> str:
        """Return the results as comma-separated values.

        Returns
        -------
        text : str
            One row per model, best first; the best parameters as JSON.
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
            The statements, a table with one row per model, best first, what was left
            out, and the settings.
        """
        rows = [self.titles, ("---",) * len(self.titles), *self.rows()]
        parts = [
            "".join(f"- {statement}\n" for statement in self.statements),
            "".join(f"| {' | '.join(row)} |\n" for row in rows),
            # The backslash keeps Markdown from reading the star as a list.
            f"\\{FRONTIER_NOTE}\n" if any(each.on_frontier for each in self.results) else "",
            "".join(
                f"- {model}: {reason}\n"
                for model, reasons in self.failures.items()
                for reason in reasons
            ),
            "".join(f"- {name}: {value}\n" for name, value in self.setting.items()),
        ]
        return "\n".join(part for part in parts if part)

    def to_html(self) -> str:
        """Return the report as an HTML page.

        Returns
        -------
        html : str
            A page that needs no other file and no network: statements, tables,
            figures, what was left out, and the settings. It is light or dark, as the
            browser prefers.
        """
        return render_report(self)

    def save(self, folder: str | Path) -> None:
        """Save the report and the winner.

        The files are ``report.html``, ``report.md``, ``results.csv``, ``best.joblib``
        (the winner, for `joblib.load`) and ``figures/``. No file is ever left half
        written.

        Parameters
        ----------
        folder : str or pathlib.Path
            The folder; created if it does not exist.

        Raises
        ------
        OSError
            If the folder cannot be written to, or the disk is full.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        make_subfolder(folder, "figures")
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
                kept="No result is lost",
                again="save again",
            )

    def plot(self, kind: str = "error", *, ax: Axes | None = None) -> ComparisonDisplay:
        """Plot the results.

        Parameters
        ----------
        kind : {"error", "fit_time", "predict_time"}, default="error"
            ``"error"`` for the errors with their intervals. Otherwise the errors
            against that time, with the frontier of the models that no other model
            beats in both.
        ax : matplotlib Axes, default=None
            Axes to draw on. If None, new ones.

        Returns
        -------
        display : ComparisonDisplay
            The display, plotted.

        Raises
        ------
        ValueError
            If `kind` is unknown.
        """
        return ComparisonDisplay(self.results).plot(kind=kind, ax=ax)

    def rows(self) -> list[tuple[str, ...]]:
        """Return the results as text, cell by cell.

        Returns
        -------
        rows : list of tuple of str
            One row per model, best first, with the columns of `titles`. A star after
            the name marks the models on the frontier.
        """
        return [
            (
                result.model + (" *" if result.on_frontier else ""),
                f"{result.cv_mean:.2%} ± {100 * result.cv_std:.2f}",
                format_number("{:.2%}", result.test_error),
                format_number("{:.2%}", result.test_error_low)
                + format_number(" to {:.2%}", result.test_error_high),
                format_p_value(result.p_value),
                f"{result.fit_time:.2f} s",
                format_number("{:.1f} ms", result.predict_time, 1000),
                format_number("{:.2f} ms", result.predict_one_time, 1000),
                f"{result.size / 1e6:.2f} MB",
                format_parameters(result.best_params),
            )
            for result in self.results
        ]

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles of the columns of `rows`."""
        return _TITLES
