"""A saved classifier, or the shipped one, that takes pictures of any size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._model_file import load_classifier

if TYPE_CHECKING:
    from .._typing import AnyArray

_SIDE = 28
_PIXELS = _SIDE**2


def load_picture_model(path: Path | None) -> Any:
    """Load a model and put the step before it that frames pictures, if it has none.

    Parameters
    ----------
    path : pathlib.Path or None
        A file of `save_model` or joblib; None for the network that comes with skdigits.

    Returns
    -------
    model : classifier
        A fitted Pipeline that takes a list of pictures and has ``predict_proba``.

    Raises
    ------
    ValueError
        If it cannot be loaded, has no ``predict_proba``, or takes no 28 x 28 pixels.
    """
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    from ..images._predict_digits import takes_any_size
    from ..neural_network._loading import load_quietly
    from ..preprocessing import MNISTNormalizer
    from ..pretrained import load_pretrained

    load_quietly()
    model = load_pretrained() if path is None else load_classifier(path)
    if not hasattr(model, "predict_proba"):
        raise ValueError(
            f"{path} holds a classifier without predict_proba, which predict needs; name another"
        )
    if takes_any_size(model):
        return model
    n_pixels = getattr(model, "n_features_in_", _PIXELS)
    if n_pixels != _PIXELS:
        raise ValueError(
            f"{path} takes samples of {n_pixels} values, and pictures are framed as MNIST's are: "
            f"28 x 28, {_PIXELS} values. Name another model"
        )
    steps = [] if _takes_pictures(model) else [FunctionTransformer(_flatten)]
    return make_pipeline(MNISTNormalizer(), *steps, model)


def _takes_pictures(model: Any) -> bool:
    """Say whether a model takes 28 x 28 pixels; scikit-learn's own take rows of 784."""
    import numpy as np

    try:
        model.predict_proba(np.zeros((1, _SIDE, _SIDE), dtype=np.uint8))
    except ValueError:
        return False
    return True


def _flatten(pictures: AnyArray) -> AnyArray:
    """Make a row of each picture."""
    return pictures.reshape(len(pictures), -1)
