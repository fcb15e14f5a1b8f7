"""What ``skdigits train --from`` does: a trained model learns a new hand, and is saved."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .._plurals import counted
from ._dataset import describe_held_out, is_divided, load_mnist_for, load_part, name_of
from ._model_file import load_classifier

if TYPE_CHECKING:
    from rich.console import Console

    from .._typing import AnyArray, Classifier

#: The value of ``--from`` for the included network.
INCLUDED = "default"
#: MNIST's classes, and how many pixels its images have.
_DIGITS, _MNIST_PIXELS = [str(digit) for digit in range(10)], 784


class _Images(NamedTuple):
    """Images to train on, with their labels, and others to test on, if there are enough."""

    name: str
    X: Any
    y: AnyArray
    X_test: Any
    y_test: AnyArray
    test_name: str

    def describe(self, purpose: str) -> str:
        """Describe them in one line, with what those to train on are for."""
        return (
            f"{self.name}: {counted(len(self.y), 'image')} {purpose}, "
            f"{counted(len(self.y_test), 'test image')} ({self.test_name})"
        )


def check_options(options: argparse.Namespace) -> None:
    """Refuse options of a training that have no effect on a fine-tuning.

    Parameters
    ----------
    options : argparse.Namespace
        Parsed options of the command, with ``--from``.

    Raises
    ------
    ValueError
        If there is one, or if ``--data`` is missing.
    """
    if options.data is None:
        raise ValueError(
            "--from needs --data PATH, such as a folder with one sub-folder of pictures for each "
            "label: the new hand to learn"
        )
    names = {"recipe": "RECIPE", "train_size": "--train-size", "epochs": "--epochs"}
    given = [text for name, text in names.items() if getattr(options, name) is not None]
    if given:
        raise ValueError(f"{given[0]} cannot be used together with --from; leave it out")


def tuned_name(start: str) -> str:
    """Name the file for a fine-tuned model.

    Parameters
    ----------
    start : str
        The value of ``--from``.

    Returns
    -------
    name : str
        Such as ``default-tuned.joblib``.
    """
    return f"{Path(start).stem}-tuned.joblib"


def fine_tune_model(options: argparse.Namespace, console: Console) -> Any:
    """Fine-tune a model on the images of ``--data``, and score it before and after.

    Parameters
    ----------
    options : argparse.Namespace
        Parsed options of the command, with ``--from``.
    console : rich.console.Console
        Where to print.

    Returns
    -------
    model : classifier
        The fine-tuned model.

    Raises
    ------
    ValueError
        If the model or the images cannot be used.
    """
    from ..neural_network import fine_tune
    from ..neural_network._loading import load_quietly

    model = _load_start(options)
    new = _load_images(options.data, options.test_data, options, model)
    console.print(new.describe("to learn from"), markup=False, soft_wrap=True)
    old, given = _load_old(options, model), {}
    if options.old_data is not None:
        console.print(old.describe("that the model was trained on"), markup=False, soft_wrap=True)
        given = {"X_old": old.X, "y_old": old.y}
    load_quietly()
    start = time.perf_counter()
    verbose = 0 if options.quiet else 1
    tuned = fine_tune(model, new.X, new.y, **given, random_state=options.seed, verbose=verbose)
    seconds = time.perf_counter() - start
    console.print(f"Learned from {counted(len(new.y), 'image')} in {seconds:.1f} s")
    for each, owner in ((new, ""), (old, f"{old.name}'s ")):
        if len(each.y_test):
            what = f"{owner}{counted(len(each.y_test), 'test image')}"
            text = _compare(what, model, tuned, each.X_test, each.y_test)
            console.print(text, markup=False, soft_wrap=True)
    return tuned


def _load_start(options: argparse.Namespace) -> Any:
    """Load the model to start from."""
    from ..pretrained import load_pretrained

    if options.start == INCLUDED:
        return load_pretrained()
    path = Path(options.start)
    if not path.is_file():
        raise ValueError(
            f"there is no file {path}; pass --from {INCLUDED} for the included network, or a "
            "file that skdigits train or save_model has written"
        )
    model = load_classifier(path)
    classes = [str(label) for label in getattr(model, "classes_", [])]
    takes_mnist = getattr(model, "n_features_in_", _MNIST_PIXELS) == _MNIST_PIXELS
    if options.old_data is None and not (takes_mnist and classes == _DIGITS):
        raise ValueError(
            f"{path} holds a model of other {'images' if classes == _DIGITS else 'classes'} than "
            "MNIST's. Pass images that it was trained on with --old-data PATH: it is trained on "
            "some of them again, so that it does not forget them"
        )
    return model


def _load_old(options: argparse.Namespace, model: Classifier) -> _Images:
    """Load images that the model was trained on, and those that show whether it forgets."""
    if options.old_data is not None:
        return _load_images(options.old_data, None, options, model)
    # fine_tune itself loads those to train on.
    X, y = load_mnist_for(model)
    return _Images("MNIST", X[:0], y[:0], X, y, "its test images")


def _load_images(
    path: Path, test_path: Path | None, options: argparse.Namespace, model: Classifier
) -> _Images:
    """Load images to train on, and those to test on: others, the test part or a share."""
    from sklearn.utils import _safe_indexing

    from ..datasets._sampling import held_out_rows

    X, y = load_part(model, path, options, "train")
    name = name_of(path)
    if test_path is not None or is_divided(path, options):
        test_name = "its test part" if test_path is None else name_of(test_path)
        return _Images(
            name, X, y, *load_part(model, test_path or path, options, "test"), test_name
        )
    try:
        rows, held_out = held_out_rows(y, options.test_size, options.seed)
    except ValueError as error:  # few images are enough to learn from
        return _Images(name, X, y, X[:0], y[:0], f"none held out: {error}")
    return _Images(
        name,
        _safe_indexing(X, rows),
        y[rows],
        _safe_indexing(X, held_out),
        y[held_out],
        describe_held_out(options),
    )


def _compare(what: str, model: Any, tuned: Any, X: Any, y: AnyArray) -> str:
    """Say how often two models are wrong."""
    before, after = (int((each.predict(X) != y).sum()) for each in (model, tuned))
    return (
        f"Error on {what}: {before / len(y):.2%} ({before}) before, "
        f"{after / len(y):.2%} ({after}) after"
    )
