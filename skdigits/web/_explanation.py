"""Say which parts of a framed digit an answer depends on."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from ._request_errors import RequestError

if TYPE_CHECKING:
    from .._typing import ProbabilisticClassifier

_SIDE = 28
#: Importances are sent as whole numbers up to this, relative to the largest one.
_LARGEST = 127


def explain(content: bytes, model: ProbabilisticClassifier, label: str) -> dict[str, Any]:
    """Measure how much a label depends on each pixel of a framed digit.

    Parameters
    ----------
    content : bytes
        28 x 28 bytes, row by row, as ``framed`` of an answer has them.
    model : Pipeline
        The model that has read it.
    label : str
        One of the model's classes.

    Returns
    -------
    explanation : dict
        Ready for JSON: ``importances``, a signed byte for each pixel in base64, positive
        where the ink or its absence supports the label.

    Raises
    ------
    RequestError
        If there are not so many bytes, or the label is not one of the classes.
    """
    from ..images._classify import class_labels
    from ..inspection import occlusion_map

    classes = {str(each): each for each in class_labels(model)}
    if label not in classes:
        raise RequestError(422, f"Expected a label among {list(classes)}, found {label[:80]!r}.")
    if len(content) != _SIDE**2:
        raise RequestError(
            422, f"Expected {_SIDE**2} bytes, one for each pixel of {_SIDE} x {_SIDE}, found "
            f"{len(content):,}. Send the framed image of an answer, decoded."
        )  # fmt: skip
    framed = np.frombuffer(content, np.uint8).reshape(_SIDE, _SIDE)
    importances = occlusion_map(model, framed, label=classes[label], framed=True)
    shares = importances / max(np.abs(importances).max(), np.finfo(float).tiny)
    signed = np.rint(_LARGEST * shares).astype(np.int8)
    return {"importances": base64.b64encode(signed.tobytes()).decode("ascii")}
