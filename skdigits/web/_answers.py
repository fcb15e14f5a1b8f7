"""Read a picture file and answer with the digits on it."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._plurals import counted
from ..exceptions import BlankPictureError, PictureFormatError, PictureSizeError
from ._limits import Limits
from ._request_errors import RequestError

if TYPE_CHECKING:
    from .._typing import AnyArray, ProbabilisticClassifier
    from ..images import DigitPrediction


def answer(
    content: bytes,
    models: Mapping[str, ProbabilisticClassifier],
    names: Sequence[str],
    limits: Limits,
    *,
    segment: bool,
) -> dict[str, Any]:
    """Read a picture with each of several models.

    Parameters
    ----------
    content : bytes
        A picture file.
    models : mapping of str to classifier
        Fitted Pipelines that take a list of pictures, by name.
    names : sequence of str
        Those of the models to use.
    limits : Limits
        Limits of pixels and of digits.
    segment : bool
        Whether there may be several digits.

    Returns
    -------
    answer : dict
        Ready for JSON: width and height of the picture, and for each model the digits that
        it has read, and what it has left out, or why it could not. A blank picture has no digits.

    Raises
    ------
    RequestError
        If the file is not a picture, or too large.
    """
    start = time.perf_counter()
    image = read_picture(content, limits)
    read = [{"name": name} | _predict(models[name], image, limits, segment) for name in names]
    return {
        "width": image.shape[1],
        "height": image.shape[0],
        "models": read,
        "milliseconds": round(1000 * (time.perf_counter() - start), 1),
    }


def read_picture(content: bytes, limits: Limits) -> AnyArray:
    """Decode a picture.

    Parameters
    ----------
    content : bytes
        A picture file.
    limits : Limits
        Limits of pixels.

    Returns
    -------
    image : ndarray of shape (height, width) or (height, width, channels)
        As `skdigits.images.read_image` gives it.

    Raises
    ------
    RequestError
        If the file is not a picture, or too large.
    """
    from ..images import read_image

    try:
        image = read_image(content, max_pixels=limits.pixels)
    except PictureSizeError as error:
        raise RequestError(
            413, f"Expected at most {limits.pixels / 1e6:g} megapixels, found more. Make the "
            "picture smaller."
        ) from error  # fmt: skip
    except PictureFormatError as error:
        message = str(error).removeprefix("the picture: ")
        raise RequestError(422, f"{message[0].upper()}{message[1:]}.") from error
    except ImportError as error:
        raise RequestError(415, f"{error}") from error
    height, width = image.shape[:2]
    if max(height, width) > limits.elongation * min(height, width):
        raise RequestError(
            422, f"Expected sides that differ by a factor of at most {limits.elongation}, found "
            f"{width} x {height} pixels. Crop the picture."
        )  # fmt: skip
    return image


def _predict(
    model: ProbabilisticClassifier, image: AnyArray, limits: Limits, segment: bool
) -> dict[str, Any]:
    """Read the digits with one model."""
    from ..images import predict_digits
    from ..images._outcomes import describe_left_out

    try:
        digits = predict_digits(model, image, segment=segment)
    except BlankPictureError:
        digits = []  # not an error: nothing is written on the sheet yet
    except (TypeError, ValueError) as error:
        return {"error": str(error)}
    n_digits = sum(digit.left_out is None for digit in digits)
    if n_digits > limits.digits:
        raise RequestError(
            422, f"Expected at most {counted(limits.digits, 'digit')}, found {n_digits}. Crop the "
            "picture."
        )  # fmt: skip
    return {
        "text": _written(digits),
        "digits": [_describe(digit) for digit in digits],
        "left_out": describe_left_out(digits) if segment else "",
    }


def _written(digits: Sequence[DigitPrediction]) -> str:
    """Join the digits of each line, without those that were left out."""
    lines: dict[int, str] = {}
    for digit in digits:
        if digit.left_out is not None:
            continue
        lines[digit.line] = lines.get(digit.line, "") + str(digit.label)
    return "\n".join(lines.values())


def _describe(digit: DigitPrediction) -> dict[str, Any]:
    """Describe a digit for the page, and for other programs; what was left out has no label."""
    framed = digit.framed
    return {
        "label": None if digit.left_out is not None else str(digit.label),
        "probability": float(digit.probability),
        "classes": [str(label) for label in digit.classes],
        "probabilities": [round(float(share), 6) for share in digit.probabilities],
        "box": None if digit.box is None else [int(side) for side in digit.box],
        "line": int(digit.line),
        "left_out": digit.left_out,
        "digit_probability": digit.digit_probability,
        # One byte a pixel, row by row.
        "framed": None if framed is None else base64.b64encode(framed.tobytes()).decode("ascii"),
    }
