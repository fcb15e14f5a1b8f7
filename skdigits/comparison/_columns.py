"""What the tables of the page show of each model, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ._findings import ModelResult


class Column(NamedTuple):
    """A column of a table.

    Parameters
    ----------
    title : str
        Its title.
    unit : str
        Unit of its numbers; empty for none.
    meaning : str
        What the numbers say, in a sentence or two.
    spell : callable
        Spells the number of a model; nothing where the model has none.
    """

    title: str
    unit: str
    meaning: str
    spell: Callable[[ModelResult], str]


RESULT_COLUMNS = (
    Column(
        "CV accuracy",
        "%",
        "Mean accuracy of the best candidate over the folds of the cross-validation, and its "
        "standard deviation over them. The models are ranked by it.",
        lambda result: f"{result.cv_mean:.2%} ± {result.cv_std:.2%}".replace("%", ""),
    ),
    Column(
        "Test error",
        "%",
        "Share of the test samples that the model gets wrong. They are looked at once, after "
        "every choice has been made.",
        lambda result: spell("{:.2f}", result.test_error, 100),
    ),
    Column(
        "95 % interval",
        "%",
        "Wilson's interval of the test error. Of intervals made like this, 95 in 100 hold the "
        "error that endless test samples would give; the fewer the samples, the wider it is.",
        lambda result: (
            spell("{:.2f}", result.test_error_low, 100)
            + spell(" to {:.2f}", result.test_error_high, 100)
        ),
    ),
    Column(
        "p",
        "",
        "McNemar's test against the winner, on the test samples that only one of the two gets "
        "right, with Holm's correction for testing several models. Below 0.05, chance alone "
        "seldom makes such a difference.",
        lambda result: (
            "< 0.001"
            if result.p_value is not None and result.p_value < 0.001
            else spell("{:.3f}", result.p_value)
        ),
    ),
    Column(
        "Calibration error",
        "%",
        "Expected calibration error: how far the probability that the model states for its "
        "answer is from how often such answers are right, averaged over 15 bins of "
        "probability. 0 is best; a model without probabilities has none.",
        lambda result: spell("{:.2f}", result.calibration_error, 100),
    ),
    Column(
        "Training",
        "s",
        "Time to train the best candidate on all training samples, on one core.",
        lambda result: _spell_cost(result.fit_time, 1, 2),
    ),
    Column(
        "Predict 1,000",
        "ms",
        "Time to predict 1,000 test samples at once, on one core.",
        lambda result: _spell_cost(result.predict_time, 1000, 1),
    ),
    Column(
        "Predict one",
        "ms",
        "Time to predict one sample, the median of several calls.",
        lambda result: _spell_cost(result.predict_one_time, 1000, 2),
    ),
    Column(
        "Size",
        "MB",
        "The trained model as a compressed joblib file.",
        lambda result: _spell_cost(result.size, 1e-6, 2),
    ),
    Column(
        "Weights",
        "",
        "Number of trained weights; a model such as k-NN has none.",
        lambda result: spell("{:,}", result.n_parameters),
    ),
)

SEARCH_COLUMNS = (
    Column(
        "Candidates",
        "",
        "Sets of parameters that were scored on all folds.",
        lambda result: f"{result.n_candidates}",
    ),
    Column(
        "Left out",
        "",
        "Candidates that failed, or for which the time limit left no time.",
        lambda result: f"{result.n_left_out}",
    ),
    Column(
        "CV F1",
        "%",
        "F1 over the folds: the harmonic mean of precision and recall, averaged over the labels.",
        lambda result: f"{100 * result.cv_f1:.2f}",
    ),
    Column(
        "CV log loss",
        "",
        "Log loss over the folds: it punishes an answer that is both sure and wrong. 0 is best.",
        lambda result: spell("{:.3f}", result.cv_log_loss),
    ),
    Column(
        "Test log loss",
        "",
        "The same on the test samples.",
        lambda result: spell("{:.3f}", result.test_log_loss),
    ),
)


def find_filled(columns: Sequence[Column], results: Sequence[ModelResult]) -> list[Column]:
    """Choose the columns that say something of at least one model.

    Parameters
    ----------
    columns : sequence of Column
        The columns.
    results : sequence of ModelResult
        The models.

    Returns
    -------
    filled : list of Column
        Those that are not empty from top to bottom.
    """
    return [column for column in columns if any(column.spell(result) for result in results)]


def spell(template: str, number: float | None, factor: float = 1) -> str:
    """Spell a number, or nothing for none.

    Parameters
    ----------
    template : str
        How, for `str.format`.
    number : float or None
        The number.
    factor : float, default=1
        How many of the unit that is shown make one of the number's.

    Returns
    -------
    text : str
        The number by the template, or nothing.
    """
    return "" if number is None else template.format(factor * number)


def spell_parameters(params: Mapping[str, Any]) -> str:
    """Spell parameters without the name of their step.

    Parameters
    ----------
    params : dict
        Parameters of a candidate.

    Returns
    -------
    text : str
        Such as ``"C=10, gamma=0.01"``.
    """
    return ", ".join(f"{name.rpartition('__')[2]}={value}" for name, value in params.items())


def _spell_cost(number: float | None, factor: float, n_decimals: int) -> str:
    """Spell a time or a size, which is never quite 0."""
    least = 10.0**-n_decimals
    if number is not None and factor * number < least:
        return f"< {least:g}"
    return spell(f"{{:,.{n_decimals}f}}", number, factor)
