"""``skdigits predict``: which digits are on pictures."""

from __future__ import annotations

import argparse
import sys
import warnings
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

from .._files import write_whole
from ..exceptions import BlankPictureError
from ._annotated import choose_targets
from ._model_file import check_is_file
from ._picture_model import load_picture_model
from ._pictures import Picture, find_pictures
from ._predictions import SURE_FROM, Writer, make_writer, printable
from ._streams import is_unread, make_console

_INVERT: dict[str, bool | str] = {"auto": "auto", "yes": True, "no": False}
#: On a copy of about this side it is seen whether a picture has more than one digit.
_SIDE = 400
#: What may be wrong with one picture and not with the next.
_FAILURES = (OSError, ValueError, ImportError, MemoryError)


def add_parser(commands: Any) -> None:
    """Describe the command's arguments.

    Parameters
    ----------
    commands : argparse subparsers
        The parser to add to.
    """
    parser = commands.add_parser(
        "predict",
        help="say which digits are on pictures",
        description="Say which digit is on each picture, how probable it is, and what it would be "
        f"otherwise. A question mark stands by what is less than {SURE_FROM:.0%} probable. "
        "Exit status: 0, or 1 if any picture could not be predicted.",
    )
    parser.add_argument(
        "pictures",
        metavar="PICTURE",
        nargs="+",
        help="a picture, a folder with pictures, or - for standard input",
    )
    parser.add_argument(
        "--model",
        metavar="FILE",
        type=Path,
        help="a .skdigits or .joblib file (default: the network that comes with skdigits); a "
        "joblib file runs code that is in it, so name only those of people you trust",
    )
    parser.add_argument(
        "--segment", action="store_true", help="read the numbers on each picture, line by line"
    )
    parser.add_argument(
        "--invert",
        choices=tuple(_INVERT),
        default="auto",
        help="whether the ink is darker than the paper (default: found out)",
    )
    form = parser.add_mutually_exclusive_group()
    for kind, said in (("json", "a JSON object a picture, one a line"), ("csv", "a row a digit")):
        form.add_argument(
            f"--{kind}", dest="kind", action="store_const", const=kind, default="text", help=said
        )
    parser.add_argument(
        "--show",
        metavar="PATH",
        type=Path,
        help="save each picture with what was found on it: in this folder, or, of one picture, "
        "in this file",
    )
    parser.set_defaults(run=run, refuse=parser.error)


def run(options: argparse.Namespace) -> int:
    """Predict one picture after the other, whatever is wrong with some of them.

    Parameters
    ----------
    options : argparse.Namespace
        The parsed arguments.

    Returns
    -------
    status : int
        0, or 1 if any picture could not be predicted.
    """
    pictures = find_pictures(options.pictures)
    targets: list[Path | None] = [None] * len(pictures.found)
    if options.show is not None and pictures.found:
        try:
            targets = [*choose_targets(options.show, pictures.found)]
        except argparse.ArgumentTypeError as error:
            options.refuse(f"argument --show: {error}")
    if options.model is not None:
        check_is_file(options.model)
    for said in (*pictures.notes, *pictures.errors):
        _say(said)
    if not pictures.found:
        return 1
    n_failed = len(pictures.errors)
    console = make_console()
    is_table = console.is_terminal and options.kind == "text"
    with _busy("Loading the network", is_table):
        model = load_picture_model(options.model)
    writer = make_writer(console, options.kind, segment=options.segment)
    with closing(writer), _busy("Predicting", is_table):
        for picture, target in zip(pictures.found, targets, strict=True):
            if is_unread() and target is None:
                break
            n_failed += not _predict(model, picture, target, writer, options)
    return 1 if n_failed else 0


def _busy(said: str, is_table: bool) -> Any:
    """Say what takes time, where nothing else is printed meanwhile."""
    return make_console(stderr=True).status(said) if is_table else nullcontext()


def _predict(
    model: Any, picture: Picture, target: Path | None, writer: Writer, options: argparse.Namespace
) -> bool:
    """Predict a picture; gives whether that went well."""
    name = picture.name
    try:
        # Of odd metadata in a picture, and of names of columns that a model was fitted with.
        with warnings.catch_warnings(action="ignore"):
            image, digits = _read_and_predict(model, picture, options)
    except _FAILURES as error:
        reason = _reason(error, name)
        _say(f"{printable(name)}: {reason}")
        writer.fail(name, reason)
        return False
    writer.write(name, digits)
    if target is None:
        return True
    try:
        _show(image, digits, target)
    except OSError as error:
        _say(f"{target}: {error.strerror or error}")
        return False
    return True


def _read_and_predict(model: Any, picture: Picture, options: argparse.Namespace) -> Any:
    """Read a picture and predict its digits; say where there seem to be more of them."""
    from ..images import predict_digits, read_image

    image = read_image(sys.stdin.buffer if picture.path is None else picture.path)
    invert = _INVERT[options.invert]
    digits = predict_digits(model, image, segment=options.segment, invert=invert)
    if not options.segment:
        n_found = _count_digits(image, invert)
        if n_found > 1:
            said = f"looks like {n_found} digits, taken for one; --segment reads all"
            _say(f"{printable(picture.name)}: {said}")
    return image, digits


def _count_digits(image: Any, invert: bool | str) -> int:
    """Count the digits on a small copy of a picture, in a fraction of the time."""
    from .._image import shrink
    from ..images import segment_digits

    planes = image.reshape(*image.shape[:2], -1)
    factor = min(max(max(image.shape[:2]) // _SIDE, 1), *image.shape[:2])
    return len(segment_digits(shrink(planes, factor).round().astype("uint8"), invert=invert))


def _show(image: Any, digits: Any, target: Path) -> None:
    """Save a picture with what was found on it."""
    from ..inspection._digit_predictions import render_predictions

    file_format = target.suffix[1:].lower()
    content = render_predictions(image, digits, sure_from=SURE_FROM, file_format=file_format)
    write_whole(target, lambda path: path.write_bytes(content))


def _reason(error: BaseException, name: str) -> str:
    """Word what is wrong with a picture, without its name."""
    if isinstance(error, BlankPictureError):
        return (
            "found no ink, or too little; if there is some, say by --invert yes or no whether "
            "it is darker than the paper"
        )
    if isinstance(error, MemoryError):
        return "not enough memory; make the picture smaller"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    said = str(error)
    for prefix in (f"{name}: ", "<stdin>: ", "the picture: "):
        said = said.removeprefix(prefix)
    return said


def _say(text: str) -> None:
    """Say something on standard error."""
    line = printable(text.replace("\n", " "))
    print(f"skdigits: {line}", file=sys.stderr)  # noqa: T201
