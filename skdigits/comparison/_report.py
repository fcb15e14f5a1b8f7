"""What a comparison found."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from sklearn.base import BaseEstimator

from .._optional import import_optional

_TITLES = ("model", "cv accuracy", "test error", "fit", "predict 1,000", "best parameters")


@dataclass(frozen=True)
class ModelResult:
    """What a comparison found of one model.

    Parameters
    ----------
    model : str
        Name of the model.
    cv_mean : float
        Mean accuracy of its best candidate over the folds, in [0, 1].
    cv_std : float
        Standard deviation over the folds.
    test_error : float or None
        Share of the test samples that it gets wrong; None without test samples.
    fit_time : float
        Seconds to train the best candidate on all training samples.
    predict_time : float or None
        Seconds to predict 1,000 test samples.
    n_candidates : int
        Number of candidates that were searched.
    best_params : dict
        Parameters of the best candidate.

    See Also
    --------
    ComparisonReport : Holds one for each model.

    Examples
    --------
    >>> from skdigits.comparison import ModelResult
    >>> ModelResult("knn", 0.93, 0.01, 0.06, 0.1, 0.2, 6, {}).cv_mean
    0.93
    """

    model: str
    cv_mean: float
    cv_std: float
    test_error: float | None
    fit_time: float
    predict_time: float | None
    n_candidates: int
    best_params: dict[str, Any]


@dataclass(frozen=True)
class ComparisonReport:
    """The results of a comparison, best cross-validated accuracy first.

    Parameters
    ----------
    results : tuple of ModelResult
        One for each model, best first.
    best_estimator_ : estimator
        The winner, trained on all training samples.

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
    best_estimator_: BaseEstimator

    def to_frame(self) -> Any:
        """Return the results as a data frame.

        Returns
        -------
        frame : pandas.DataFrame
            A row a model, best first, with the fields of `ModelResult` as columns.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        pandas = import_optional("pandas", extra="pandas", purpose="ComparisonReport.to_frame")
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
        """Return the results as a Markdown table.

        Returns
        -------
        text : str
            A row a model, best first.
        """
        rows = [_TITLES, ("---",) * len(_TITLES), *self.rows()]
        return "".join(f"| {' | '.join(row)} |\n" for row in rows)

    def rows(self) -> list[tuple[str, ...]]:
        """Return the results as text, cell by cell.

        Returns
        -------
        rows : list of tuple of str
            A row a model, best first, under the titles of `to_markdown`.
        """
        return [
            (
                result.model,
                f"{result.cv_mean:.2%} ± {100 * result.cv_std:.2f}",
                "" if result.test_error is None else f"{result.test_error:.2%}",
                f"{result.fit_time:.2f} s",
                "" if result.predict_time is None else f"{1000 * result.predict_time:.1f} ms",
                _spell(result.best_params),
            )
            for result in self.results
        ]

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles of the columns of `rows`."""
        return _TITLES


def _spell(params: dict[str, Any]) -> str:
    """Spell parameters without the name of their step."""
    return ", ".join(f"{name.rpartition('__')[2]}={value}" for name, value in params.items())
