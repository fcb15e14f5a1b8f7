"""Images of single digits that no model was trained on, and how to count errors on them."""

from __future__ import annotations

from typing import Any, NamedTuple

import handwriting
import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.pipeline import Pipeline
from statsmodels.stats.proportion import proportion_confint

from skdigits import MNISTNormalizer, load_mnist

#: Of the rendered pictures, which were used for nothing before they were scored.
RENDERED_SEED = 2026
CLEAN, INK, PHOTOGRAPHS, DIGITS = (
    "MNIST test images",
    "rendered ink on paper",
    "rendered hard photographs",
    "load_digits, 8 x 8",
)


class PictureSet(NamedTuple):
    """Images that no model was trained on.

    Parameters
    ----------
    pictures : list of ndarray
        Images of any size.
    labels : ndarray of shape (n,)
        The digit on each.
    plain : ndarray of shape (n, 28, 28)
        The same images, prepared as in tutorials.
    rows : list of int
        Rows of the MNIST test images that they were rendered from, if any.
    """

    pictures: Any
    labels: np.ndarray
    plain: np.ndarray
    rows: list[int]


def picture_sets(n_rendered: int) -> dict[str, PictureSet]:
    """Collect the sets of pictures of one digit."""
    mnist, digits = load_mnist(subset="test"), load_digits()
    bright = np.rint(digits.images * (255 / 16)).astype(np.uint8)
    sets = {CLEAN: PictureSet(mnist.images, mnist.target, mnist.images, [])}
    for kind, draw in ((INK, handwriting.ink_on_paper), (PHOTOGRAPHS, handwriting.photographs)):
        drawn = draw(n_rendered, seed=RENDERED_SEED)
        plain = np.stack([255 - resize(picture) for picture in drawn.pictures])
        labels = np.array([int(label) for label in drawn.labels])
        sets[kind] = PictureSet(drawn.pictures, labels, plain, drawn.rows)
    plain = np.stack([resize(picture) for picture in bright])
    sets[DIGITS] = PictureSet(digits.images, digits.target, plain, [])
    return sets


def resize(picture: np.ndarray) -> np.ndarray:
    """Make a picture grey and 28 x 28, whatever its shape was."""
    return np.asarray(Image.fromarray(picture).convert("L").resize((28, 28)))


def normalized(pictures: Any) -> np.ndarray:
    """Frame pictures, with zeros for those that are found to be blank."""
    return MNISTNormalizer(handle_blank="zeros").fit_transform(pictures)


def share(n_wrong: int, n: int) -> dict[str, Any]:
    """Give a share of errors with Wilson's interval."""
    low, high = proportion_confint(n_wrong, n, method="wilson")
    return {
        "wrong": int(n_wrong),
        "error": round(n_wrong / n, 6),
        "interval": [round(float(low), 6), round(float(high), 6)],
    }


def is_wrong(network: Pipeline, framed: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Say which pictures are read wrongly; a blank one always is."""
    return (network.predict(framed) != labels) | ~framed.any(axis=(1, 2))
