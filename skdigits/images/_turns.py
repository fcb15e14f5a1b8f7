"""Whether a page lies on its side or upside down."""

from __future__ import annotations

import numpy as np
from sklearn.pipeline import Pipeline

from .._typing import AnyArray, FloatArray
from ._classify import classify_framed, log_digit

#: Where digits read as they lie have on average this log probability, the page is not turned.
_GOOD = -0.5
#: Turned the right way half of them have at least this one, and together so much more than turned
#: in any other way. Each counts with at least the last, so that no single one decides.
_CLEAR, _MARGIN, _LEAST = -1.0, 3.0, -4.0
#: So few digits do not show how a page lies.
_LEAST_DIGITS = 2
#: So many digits are looked at.
_MOST_DIGITS = 60


def looks_turned(logs: FloatArray) -> bool:
    """Say whether digits read so badly that the page may be turned.

    Parameters
    ----------
    logs : ndarray of shape (n,)
        The log probability that each is a digit, as they lie.

    Returns
    -------
    may_be_turned : bool
        Whether `find_turn` should be asked.
    """
    return len(logs) >= _LEAST_DIGITS and float(logs.mean()) < _GOOD


def find_turn(model: Pipeline, framed: AnyArray) -> int:
    """Find by how many right angles a page must be turned so that its digits can be read.

    Parameters
    ----------
    model : Pipeline
        With a step that frames images.
    framed : ndarray of shape (n, height, width)
        Pieces of ink, as they lie, framed.

    Returns
    -------
    turns : int
        Counterclockwise right angles, from 0 to 3; 0 unless another turn is clearly better.
    """
    if len(framed) < _LEAST_DIGITS:
        return 0
    framed = framed[:: -(-len(framed) // _MOST_DIGITS)]
    turned = np.concatenate([np.rot90(framed, turns, axes=(1, 2)) for turns in range(4)])
    logs = log_digit(*classify_framed(model, turned)).reshape(4, -1)
    totals = np.maximum(logs, _LEAST).sum(axis=1)
    best = int(totals.argmax())
    # On its side a page is never right, so there it need not be clear to which side it is turned.
    others = [turns for turns in range(4) if turns % 2 == 0 or best % 2 == 0]
    second = totals[[turns for turns in others if turns != best]].max()
    is_clear = np.median(logs[best]) >= _CLEAR and totals[best] - second >= _MARGIN
    return best if is_clear else 0
