"""The description of a recipe: its source, and its published and measured errors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from statistics import mean, stdev

from scipy.special import stdtrit
from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class Measurement:
    """Test errors and times of a recipe, measured with several seeds.

    Parameters
    ----------
    seeds : tuple of int
        Value of ``random_state`` of each run.
    test_errors : tuple of float
        Share of the 10,000 test images that each run got wrong, in [0, 1].
    fit_seconds : tuple of float
        Time that each run took to train. Runs beside other work on the machine are not timed.
    n_parameters : int
        Number of weights.
    machine : str
        Hardware of the runs.
    versions : str
        Versions of the libraries of the runs.
    predict_seconds : tuple of float
        Times to classify the 10,000 test images, measured several times on one machine; empty
        if not measured.
    reference_seconds : tuple of float
        Time that `keras.Model.fit` took, in the same process, to train the network
        of ``"mlm-cnn"`` for its 10 epochs; empty if it was not measured.

    See Also
    --------
    Recipe : Has one.

    Examples
    --------
    >>> from skdigits.recipes import Measurement
    >>> runs = Measurement((0, 1), (0.02, 0.03), (4.0, 4.2), 100, "2 cores", "Keras 3")
    >>> round(runs.mean_error, 3)
    0.025
    """

    seeds: tuple[int, ...]
    test_errors: tuple[float, ...]
    fit_seconds: tuple[float, ...]
    n_parameters: int
    machine: str
    versions: str
    predict_seconds: tuple[float, ...] = ()
    reference_seconds: tuple[float, ...] = ()

    @property
    def mean_error(self) -> float:
        """Mean test error over the seeds."""
        return mean(self.test_errors)

    @property
    def error_spread(self) -> float:
        """Standard deviation of the test error over the seeds."""
        return stdev(self.test_errors) if len(self.test_errors) > 1 else float("nan")

    @property
    def mean_percent(self) -> str:
        """Mean test error in percent; a half is rounded up, never in favour of the recipe."""
        return _percent(self.mean_error)

    @property
    def spread_percent(self) -> str:
        """Standard deviation of the test error in percentage points."""
        return _percent(self.error_spread)

    @property
    def another_seed(self) -> tuple[float, float]:
        """Where the test error of one more seed lies with a probability of 95%.

        This is the prediction interval of Student's t for as many errors as were measured. It is
        wide for few seeds, because their standard deviation is itself uncertain: five standard
        deviations to each side of the mean of three errors.
        """
        n = len(self.test_errors)
        if n < 2:
            return 0.0, 1.0
        reach = float(stdtrit(n - 1, 0.975)) * self.error_spread * math.sqrt(1 + 1 / n)
        return max(self.mean_error - reach, 0.0), min(self.mean_error + reach, 1.0)

    @property
    def times_keras(self) -> tuple[float, ...]:
        """Training time of each run relative to `reference_seconds`; empty without them."""
        if not self.reference_seconds:
            return ()
        pairs = zip(self.fit_seconds, self.reference_seconds, strict=True)
        return tuple(seconds / reference for seconds, reference in pairs)


def _percent(share: float) -> str:
    """Format a share in percent with two decimals."""
    # In binary, 0.03675 is slightly smaller: its decimal digits must be rounded.
    return str((100 * Decimal(str(round(share, 9)))).quantize(Decimal("0.01"), ROUND_HALF_UP))


@dataclass(frozen=True)
class Recipe:
    """A model to train: its source, its published error and its measured error.

    Parameters
    ----------
    name : str
        Name for `make_recipe`.
    summary : str
        The network and its training in one line.
    source : str or None
        Where it was published; None for one of skdigits' own.
    published_error : float or None
        Test error that the source states, in [0, 1].
    published_note : str or None
        That error in the words of the source.
    build : callable
        Takes the images to train on, ``random_state`` and other training parameters
        that all classifiers share, and returns the unfitted Pipeline.
    measurement : Measurement or None
        Errors and times that were measured with this package; None if not yet.

    See Also
    --------
    describe_recipe : Returns the recipe with a given name.
    make_recipe : Makes its Pipeline.

    Examples
    --------
    >>> from skdigits.recipes import describe_recipe
    >>> describe_recipe("mlm-cnn").published_error
    0.0103
    """

    name: str
    summary: str
    source: str | None
    published_error: float | None
    published_note: str | None
    build: Callable[..., Pipeline] = field(repr=False)
    measurement: Measurement | None = None
