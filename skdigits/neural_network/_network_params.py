"""The parameters that make a network what it is, and which of them have changed."""

from __future__ import annotations

from numbers import Number
from typing import Any

from ._parameters import TRAINING_CONSTRAINTS

#: Parameters of every classifier that a network is compiled with; a class's own build it.
COMPILED_WITH = frozenset(
    {
        "optimizer",
        "learning_rate",
        "learning_rate_schedule",
        "weight_decay",
        "loss",
        "label_smoothing",
    }
)


def changed_params(classifier: Any) -> set[str]:
    """Name the parameters of the network that are others than when it was last compiled.

    Parameters
    ----------
    classifier : BaseKerasClassifier
        Fitted; ``_network_params`` holds what `network_params` gave then.

    Returns
    -------
    names : set of str
        All of them where that is not known.
    """
    before, now = getattr(classifier, "_network_params", {}), network_params(classifier)
    return {
        name
        for name in before.keys() | now.keys()
        if name not in before or name not in now or not _is_same(before[name], now[name])
    }


def network_params(classifier: Any) -> dict[str, Any]:
    """Gather the parameters that a network is built and compiled with, as they are now.

    Parameters
    ----------
    classifier : BaseKerasClassifier
        Fitted or not.

    Returns
    -------
    params : dict of str to object
        Numbers, texts and lists of them as one text, which a later change of the list leaves
        alone; all else as it is.
    """
    return {
        name: repr(value) if _is_plain(value) else value
        for name, value in classifier.get_params().items()
        if name in COMPILED_WITH or name.split("__")[0] not in TRAINING_CONSTRAINTS
    }


def _is_plain(value: Any) -> bool:
    """Whether a value is all in its text: a number, a text, nothing, or a list of such."""
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (Number, str))


def _is_same(before: Any, now: Any) -> bool:
    """Whether a text is equal or an object, which may not know equality, is the same one."""
    return before is now or (isinstance(before, str) and isinstance(now, str) and before == now)
