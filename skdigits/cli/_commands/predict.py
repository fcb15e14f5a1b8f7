"""``skdigits predict``: predict the digits on pictures."""

from __future__ import annotations

import argparse
import csv
import sys
import warnings
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._files import check_target, write_file, write_whole
from ..._plurals import counted
from ...exceptions import BlankPictureError
from .._data_options import add_reading_options, given_reading_options
from .._dataset import load_unlabelled
from .._model_file import (
    check_is_file,
    load_classifier,
    load_included,
    load_picture_classifier,
)
from .._picture_files import PictureSource, choose_targets, find_pictures
from .._predictions import SURE_FROM, Writer, make_writer, printable
from .._streams import is_unread, make_console

if TYPE_CHECKING:
    from ..._typing import AnyArray, Classifier, ProbabilisticClassifier
    from ...images import DigitPrediction

_INVERT: dict[str, bool | str] = {"auto": "auto", "yes": True, "no": False}
#: What to say if no ink was found, by how it was looked for.
_BLANK = {
    "auto": "found no ink, or too little; crop the picture to the writing, or use --invert yes if "
    "the ink is darker than the paper and --invert no if it is brighter",
    "yes": "found no ink that is darker than the paper, or too little; omit --invert",
    "no": "found no ink that is brighter than the paper, or too little; omit --invert",
}
#: Pixels on the longer side of the small copy on which digits are counted.
_SIDE = 400
#: Columns of a file of predictions.
_SUBMISSION = ("ImageId", "Label")
#: Errors that one picture may cause and the next one not.
_FAILURES = (OSError, ValueError, ImportError, MemoryError)


def add_parser(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "predict",
        help="predict the digits in pictures",
        description="Predict the digit in each picture, with its probability and what it may be "
        f"instead. A ? marks predictions below {SURE_FROM:.0%}; most pictures of anything else "
        'are "no digit". Exit status: 0, or 1 if any picture could not be predicted.',
    )
    parser.add_argument(
        "pictures",
        metavar="PICTURE",
        nargs="*",
        help="a picture, a folder of pictures, or - for standard input",
    )
    parser.add_argument(
        "--model",
        metavar="FILE",
        type=Path,
        help="a .skdigits or .joblib file (default: the included network). "
        "Loading a joblib file runs the code in it: only use files from people you trust",
    )
    parser.add_argument(
        "--segment",
        action="store_true",
        help="find and read all digits in each picture, line by line, and leave out what is no "
        "digit",
    )
    parser.add_argument(
        "--invert",
        choices=tuple(_INVERT),
        default="auto",
        help="whether the ink is darker than the paper (default: detect automatically)",
    )
    form = parser.add_mutually_exclusive_group()
    for kind, description in (
        ("json", "print a JSON object per picture, one per line"),
        ("csv", "print comma-separated values, one row per digit or picture that failed"),
    ):
        form.add_argument(
            f"--{kind}",
            dest="kind",
            action="store_const",
            const=kind,
            default="text",
            help=description,
        )
    parser.add_argument(
        "--show",
        metavar="PATH",
        type=Path,
        help="save annotated copies of the pictures in this folder or, for one picture, in this "
        "file",
    )
    group = parser.add_argument_group("a file of predictions")
    group.add_argument(
        "--data",
        metavar="PATH",
        type=Path,
        help="predict images from a CSV, .npz or IDX file, such as Kaggle's test.csv, in place of "
        "pictures; needs --submission",
    )
    group.add_argument(
        "--submission",
        metavar="FILE",
        type=Path,
        help="write the predictions for --data in this file, as Kaggle takes them: "
        f"{','.join(_SUBMISSION)}, with a row for each image",
    )
    add_reading_options(group)
    parser.add_argument(
        "--why",
        action="store_true",
        help="with --show, also draw what each prediction depends on: ink that supports it in "
        "red, ink that speaks against it in blue",
    )
    parser.set_defaults(run=run, refuse=parser.error)


def run(options: argparse.Namespace) -> int:
    """Predict one picture after the other, even if some cannot be predicted."""
    _check_what_to_predict(options)
    if options.data is not None:
        return _write_submission(options)
    if options.why and options.show is None:
        options.refuse("argument --why: name a file or folder with --show")
    found = find_pictures(options.pictures)
    targets: list[Path | None] = [None] * len(found.sources)
    if options.show is not None and found.sources:
        try:
            targets = [*choose_targets(options.show, found.sources)]
        except argparse.ArgumentTypeError as error:
            options.refuse(f"argument --show: {error}")
    if options.model is not None:
        check_is_file(options.model)
    for message in (*found.notes, *found.errors):
        _say(message)
    if not found.sources:
        return 1
    n_failed = len(found.errors)
    console = make_console()
    is_table = console.is_terminal and options.kind == "text"
    with _busy("Loading the network", is_table):
        model = load_picture_classifier(options.model)
    writer = make_writer(console, options.kind, segment=options.segment)
    with closing(writer), _busy("Predicting", is_table):
        for source, target in zip(found.sources, targets, strict=True):
            if is_unread() and target is None:
                break
            n_failed += not _predict(model, source, target, writer, options)
    return 1 if n_failed else 0


def _check_what_to_predict(options: argparse.Namespace) -> None:
    """Refuse pictures and --data together, or neither, and options that have no effect."""
    if (options.data is None) != (options.submission is None):
        options.refuse("--data and --submission belong together; pass both or neither")
    if options.data is None and not options.pictures:
        options.refuse("name one or more pictures, or images with --data")
    if options.data is not None and options.pictures:
        options.refuse("pictures and --data cannot be used together; pass one of them")
    if options.data is None:
        idle, cure = given_reading_options(options), "needs --data"
    else:
        idle, cure = _given_picture_options(options), "is for pictures; leave it out with --data"
    if idle:
        options.refuse(f"argument {idle[0]}: it {cure}")


def _given_picture_options(options: argparse.Namespace) -> list[str]:
    """List the given options that only change how pictures are predicted and shown."""
    given = {
        "--segment": options.segment,
        "--invert": options.invert != "auto",
        f"--{options.kind}": options.kind != "text",
        "--show": options.show is not None,
        "--why": options.why,
    }
    return [name for name, is_given in given.items() if is_given]


def _write_submission(options: argparse.Namespace) -> int:
    """Predict all images of a file, and write their labels into another."""
    check_target(options.submission, "--submission", options.data, options.model)
    if options.model is not None:
        check_is_file(options.model)
    model = load_classifier(options.model) if options.model else load_included()
    X = load_unlabelled(options.data, options, model)
    labels = _label(model, X)

    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(_SUBMISSION)
            writer.writerows(enumerate(labels.tolist(), start=1))

    write_file(
        options.submission.parent,
        options.submission.name,
        write,
        kept="Nothing was written",
        again="run the same command again",
    )
    console = make_console()
    console.print(
        f"Wrote {options.submission}: predictions for {counted(len(labels), 'image')}",
        markup=False,
    )
    return 0


def _label(model: Classifier, X: AnyArray) -> AnyArray:
    """Predict the class of each image, also of one that the model takes for none."""
    from ...images._classify import class_labels, classify

    if not hasattr(model, "predict_proba"):
        return model.predict(X)
    probabilities, _ = classify(model, X)
    labels: AnyArray = class_labels(model)[probabilities.argmax(axis=1)]
    return labels


def _busy(message: str, is_table: bool) -> AbstractContextManager[object]:
    """Show a message while something takes time, unless results are printed meanwhile."""
    return make_console(stderr=True).status(message) if is_table else nullcontext()


def _predict(
    model: ProbabilisticClassifier,
    source: PictureSource,
    target: Path | None,
    writer: Writer,
    options: argparse.Namespace,
) -> bool:
    """Predict a picture and return whether that succeeded."""
    name = source.name
    try:
        # Warnings about odd metadata, and about feature names that a model was fitted with.
        with warnings.catch_warnings(action="ignore"):
            image, digits = _read_and_predict(model, source, options)
    except _FAILURES as error:
        is_blank = isinstance(error, BlankPictureError)
        reason = _BLANK[options.invert] if is_blank else _reason(error, name)
        _say(f"{printable(name)}: {reason}")
        writer.fail(name, reason)
        return False
    writer.write(name, digits)
    if target is None:
        return True
    try:
        _show(image, digits, target, model if options.why else None)
    except OSError as error:
        _say(f"{target}: {error.strerror or error}")
        return False
    return True


def _read_and_predict(
    model: ProbabilisticClassifier, source: PictureSource, options: argparse.Namespace
) -> tuple[AnyArray, list[DigitPrediction]]:
    """Read a picture and predict its digits; say so if it seems to show several."""
    from ...images import predict_digits, read_image
    from ...images._outcomes import describe_left_out

    image = read_image(sys.stdin.buffer if source.path is None else source.path)
    invert = _INVERT[options.invert]
    digits = predict_digits(model, image, segment=options.segment, invert=invert)
    if not options.segment:
        n_found = _count_digits(image, invert)
        if n_found > 1:
            but = " but was read as one" if digits[0].is_digit else ""
            message = f"seems to show {n_found} digits{but}; use --segment to read all"
            _say(f"{printable(source.name)}: {message}")
    elif left_out := describe_left_out(digits):
        _say(f"{printable(source.name)}: left out: {left_out}")
    return image, digits


def _count_digits(image: AnyArray, invert: bool | str) -> int:
    """Count the digits on a small copy of an image, in a fraction of the time."""
    from ..._image import reduction_factor, shrink
    from ...images import segment_digits

    small = shrink(image, reduction_factor(image.shape, _SIDE, at_least=True))
    return len(segment_digits(small.round().astype("uint8"), invert=invert))


def _show(
    image: AnyArray,
    digits: list[DigitPrediction],
    target: Path,
    explained_by: ProbabilisticClassifier | None,
) -> None:
    """Save an annotated copy of an image, with explanations if the model is given."""
    from ...inspection._digit_predictions import render_predictions

    file_format = target.suffix[1:].lower()
    content = render_predictions(
        image,
        digits,
        sure_from=SURE_FROM,
        file_format=file_format,
        explained_by=explained_by,
    )
    write_whole(target, lambda path: path.write_bytes(content))


def _reason(error: BaseException, name: str) -> str:
    """Say what is wrong with a picture, without its name."""
    if isinstance(error, MemoryError):
        return "not enough memory; make the picture smaller"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    message = str(error)
    for prefix in (f"{name}: ", "<stdin>: ", "the picture: "):
        message = message.removeprefix(prefix)
    return message


def _say(text: str) -> None:
    """Print a message to standard error."""
    line = printable(text.replace("\n", " "))
    print(f"skdigits: {line}", file=sys.stderr)  # noqa: T201
