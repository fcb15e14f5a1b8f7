"""scikit-learn's callbacks: what an estimator does to support them.

They came with scikit-learn 1.9, as the experimental ``sklearn.callback``. What is private
in it is used in this file alone. With an older version no estimator has callbacks, and
nothing of this has an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

try:
    from sklearn.callback import CallbackSupportMixin as CallbackSupportMixin
    from sklearn.callback import with_callbacks as with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stand in for scikit-learn's, which came with 1.9."""

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]:
        """Stand in for scikit-learn's, which came with 1.9."""

        return method


#: Where an estimator keeps its callbacks.
ATTRIBUTE = "_skl_callbacks"


def has_callbacks(estimator: CallbackSupportMixin) -> bool:
    """Say whether callbacks are set on an estimator, so that a fit has to tell them.

    Parameters
    ----------
    estimator : estimator
        The estimator.

    Returns
    -------
    has_callbacks : bool
        False with scikit-learn before 1.9.
    """
    return hasattr(estimator, ATTRIBUTE)


@contextmanager
def announced_fit(
    estimator: CallbackSupportMixin,
    X: Any,
    y: Any = None,
    metadata: Mapping[str, Any] | None = None,
    *,
    max_subtasks: int = 0,
) -> Iterator[Any]:
    """Tell the callbacks of an estimator that a fit begins, and that it ends if it does not fail.

    The method that fits is decorated by ``with_callbacks`` or by scikit-learn's own
    ``_fit_context``, which clean up also where it fails.

    Parameters
    ----------
    estimator : estimator
        Fitted when the context is left.
    X : array-like
        Samples as the user gave them, so that a data frame keeps its names.
    y : array-like or None, default=None
        Their labels.
    metadata : dict or None, default=None
        What else is given to the fit, such as ``sample_weight``.
    max_subtasks : int, default=0
        Number of parts that the fit has at most.

    Yields
    ------
    task : sklearn.callback.CallbackContext or None
        The fit, which parts can be added to; None where no callback is set.
    """
    if not has_callbacks(estimator):
        yield None
        return
    task = estimator._init_callback_context(max_subtasks=max_subtasks)
    told = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
    task.call_on_fit_task_begin(**told)
    yield task
    task.call_on_fit_task_end(**told, reconstruction_attributes={})
