"""What ``skdigits train --from`` does: a trained model learns a new hand, and is saved."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._dataset import load_tuning_data
from ._model_file import load_classifier

if TYPE_CHECKING:
    from rich.console import Console

    from .._typing import AnyArray, Classifier

#: The value of ``--from`` for the included network.
INCLUDED = "default"


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

    model = _load_start(options.start)
    data = load_tuning_data(options, model)
    console.print(data.describe(), markup=False, soft_wrap=True)
    load_quietly()
    start = time.perf_counter()
    tuned = fine_tune(
        model, data.X, data.y, random_state=options.seed, verbose=0 if options.quiet else 1
    )
    seconds = time.perf_counter() - start
    console.print(f"Learned from {len(data.y):,} images in {seconds:.1f} s")
    if len(data.y_test):
        what = f"{len(data.y_test):,} test images"
        console.print(_compare(what, model, tuned, data.X_test, data.y_test))
    X, y = _mnist_test_images(model)
    console.print(_compare(f"MNIST's {len(y):,} test images", model, tuned, X, y))
    return tuned


def _load_start(start: str) -> Any:
    """Load the model to start from."""
    from ..pretrained import load_pretrained

    if start == INCLUDED:
        return load_pretrained()
    path = Path(start)
    if not path.is_file():
        raise ValueError(
            f"there is no file {path}; pass --from {INCLUDED} for the included network, or a "
            "file that skdigits train or save_model has written"
        )
    model = load_classifier(path)
    classes = getattr(model, "classes_", [])
    if [str(label) for label in classes] != [str(digit) for digit in range(10)]:
        raise ValueError(
            f"{path} holds a model whose classes are not the ten digits, and --from also trains "
            "on MNIST's images, so that the model does not forget them. Use skdigits.fine_tune in "
            "Python with X_old and y_old, images that the model was trained on"
        )
    return model


def _mnist_test_images(model: Classifier) -> tuple[AnyArray, AnyArray]:
    """Load MNIST's test images, with labels as the model has them."""
    from ..datasets import load_mnist

    X, y = load_mnist(subset="test", return_X_y=True)
    return X, model.classes_[y]


def _compare(what: str, model: Any, tuned: Any, X: Any, y: AnyArray) -> str:
    """Say how often two models are wrong."""
    before, after = (int((each.predict(X) != y).sum()) for each in (model, tuned))
    return (
        f"Error on {what}: {before / len(y):.2%} ({before}) before, "
        f"{after / len(y):.2%} ({after}) after"
    )
