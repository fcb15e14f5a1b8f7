"""Find the digits on an image of handwriting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_array

from .._image import IMAGE_DTYPES, refuse_files
from .._ink import check_invert
from .._typing import AnyArray, ArrayLike, ProbabilisticClassifier
from ._classify import PUT_BEFORE, find_classifier, find_polarity, takes_any_size
from ._lines import reading_order
from ._reading import read_digits, whole_candidates
from ._writing import find_writing


@dataclass(frozen=True, eq=False)
class DigitSegment:
    """A digit that was found on an image.

    Parameters
    ----------
    box : tuple of int
        ``(top, left, bottom, right)``, so that ``image[top:bottom, left:right]`` is where
        the digit stands.
    line : int
        The line of writing that it is in, counted from 0 at the top.
    picture : ndarray of shape (height, width)
        The digit alone, bright on a background of exactly 0, of dtype uint8. It has a margin
        around the ink, and is smaller than the box if a reduced copy of a large image was
        analysed.

    See Also
    --------
    segment_digits : Finds the digits on an image.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.images import segment_digits
    >>> image = np.full((60, 80), 250, dtype=np.uint8)
    >>> image[10:50, 30:34] = 20
    >>> digit = segment_digits(image)[0]
    >>> digit.box, digit.line
    ((10, 30, 50, 34), 0)
    """

    box: tuple[int, int, int, int]
    line: int
    picture: AnyArray


def segment_digits(
    image: ArrayLike, *, invert: bool | str = "auto", model: ProbabilisticClassifier | None = None
) -> list[DigitSegment]:
    """Find the digits in an image, in reading order.

    Parameters
    ----------
    image : array-like of shape (height, width) or (height, width, channels)
        A photograph or scan of one or more lines of digits, in dark ink on a bright background
        or the other way round. 1 channel is grey, 2 grey and alpha, 3 colours, 4 colours and
        alpha.
    invert : {"auto", True, False}, default="auto"
        True if the ink is darker than the background, False if it is brighter; "auto"
        detects it, unless a step of the model specifies it.
    model : Pipeline, default=None
        Fitted, with a `skdigits.preprocessing.MNISTNormalizer` before a classifier with
        ``predict_proba``. It separates digits that touch, turns pages that lie on their side,
        and leaves out what is no digit, as far as the classifier was trained with
        ``outlier_label``. Without a model, digits that touch are found as one.

    Returns
    -------
    digits : list of DigitSegment
        Line by line from top to bottom, and from left to right in each. Empty if no
        ink is found.

    Raises
    ------
    ValueError
        If `image` has another number of axes or channels, no pixels, or values that are
        missing, infinite or not real numbers, if `invert` is not one of its values, or if
        no step of the model frames images of any size.
    TypeError
        If `image` is a file or its name, which `read_image` reads.

    See Also
    --------
    read_image : Reads an image from a file.
    predict_digits : Separates digits and predicts them.
    skdigits.preprocessing.MNISTNormalizer : Frames the images of the digits like MNIST.

    Notes
    -----
    If the image shows a bright sheet on something darker, only the sheet is analysed. Ruled
    lines, margins, grids and table borders are removed, while strokes that cross them stay.
    Connected ink forms a piece. Pieces above one another, such as the bar and the bow of a
    5, make one digit. Shapes drawn around digits, large empty shapes, dashes, specks, shadows,
    and what the edge of the image cuts off are left out, relative to the height of a typical
    digit of the image, and so are digits of fewer than 8 pixels. Lines of writing may slope by
    up to about 15 degrees.

    With a model, ink that is too wide for one digit, or does not look like one, is cut where it
    is narrow, and between loops that share a stroke. The model classifies what is between every
    two cuts, and the cuts are kept that give the most probable digits. This is the heuristic
    over-segmentation of Y. LeCun et al., "Gradient-based learning applied to document
    recognition", 1998.

    To limit the time that any image takes, no digits are found on an image with more than
    2,000 pieces, such as gravel or cloth, with pieces that overlap hundreds of times, such
    as a pattern, or on a strip that is 10,000 times as long as wide; and at most 6,000 pieces
    between cuts are tried, those of about 60 pairs of digits that touch.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.images import segment_digits
    >>> image = np.full((60, 120), 250, dtype=np.uint8)  # paper
    >>> image[10:50, 80:84] = 20  # a one
    >>> image[10:50, 20:44] = 20  # and a zero
    >>> image[18:42, 27:37] = 250
    >>> [digit.box for digit in segment_digits(image)]
    [(10, 20, 50, 44), (10, 80, 50, 84)]
    """
    check_invert(invert)
    image = check_image(image)
    if model is not None:
        find_classifier(model)
        if not takes_any_size(model):
            raise ValueError(f"The model has no step that frames images of any size. {PUT_BEFORE}")
        return [
            DigitSegment(reading.box, reading.line, reading.picture)
            for reading in read_digits(model, image, find_polarity(model, invert))
            if reading.left_out is None
        ]
    writing = find_writing(image, invert)
    if writing is None:
        return []
    wholes = whole_candidates(writing, writing.groups)
    boxes = np.array([whole.box for whole in wholes], int).reshape(-1, 4)
    return [
        DigitSegment(writing.box_on_image(boxes[number]), line, wholes[number].picture)
        for line, members in enumerate(reading_order(boxes))
        for number in members
    ]


def check_image(image: ArrayLike) -> AnyArray:
    """Check an image and give it an axis of channels."""
    refuse_files(image)
    checked: AnyArray = check_array(
        image,
        dtype=list(IMAGE_DTYPES),
        ensure_2d=False,
        allow_nd=True,
        ensure_min_samples=0,
        input_name="image",
    )
    channels = checked.shape[2] if checked.ndim == 3 else 1
    if checked.ndim not in (2, 3) or not 1 <= channels <= 4 or checked.size == 0:
        raise ValueError(
            "Expected one image of shape (height, width) or (height, width, channels) with 1 "
            f"to 4 channels, got shape {checked.shape}. Call segment_digits for each image."
        )
    return checked.reshape(*checked.shape[:2], channels)
