"""``skdigits train``: train a recipe and save it."""

from __future__ import annotations

import argparse
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._files import check_target, lock_folder, write_file
from ..._signals import work_for
from ...exceptions import UnknownNameError
from .._arguments import whole_number
from .._data_options import add_data_options
from .._dataset import DataSet, load_data
from .._fine_tune import INCLUDED, check_options, fine_tune_model, tuned_name
from .._streams import make_console, make_steady

if TYPE_CHECKING:
    from rich.console import Console
    from sklearn.pipeline import Pipeline

#: Training images of MNIST, on which the recipes' numbers of epochs were chosen.
_MNIST_IMAGES = 60_000
#: On few images a recipe has at most so many epochs, unless it has more on MNIST.
_MOST_EPOCHS = 100
#: A file with this ending is written by `save_model`; any other one by joblib.
_MODEL_FILE = ".skdigits"


def add_parser(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "train",
        help="train a recipe on MNIST or on images of your own, and save it",
        description="Train a recipe on MNIST's training images, or on the images of --data, save "
        "it with joblib and score it on the test images. If interrupted, run it again and it "
        "resumes after the last finished epoch.",
    )
    parser.add_argument(
        "recipe",
        metavar="RECIPE",
        type=_recipe,
        nargs="?",
        help="name of a recipe; list them with: skdigits recipes",
    )
    parser.add_argument(
        "--from",
        metavar="MODEL",
        dest="start",
        help="in place of a recipe, fine-tune a trained model on the images of --data: "
        f"{INCLUDED} for the included network, or a file",
    )
    parser.add_argument(
        "--old-data",
        metavar="PATH",
        type=Path,
        help="with --from, images that the model was trained on, of which some are trained on "
        "again, so that it does not forget them; read like those of --data (default: MNIST's)",
    )
    parser.add_argument(
        "--train-size",
        metavar="N",
        type=whole_number(100),
        help="size of a stratified sample of the training images (default: all images)",
    )
    parser.add_argument(
        "--epochs",
        metavar="N",
        type=whole_number(1),
        help="override the recipe's number of epochs; by default, there are more epochs on fewer "
        "images than MNIST has",
    )
    parser.add_argument(
        "--seed",
        metavar="S",
        type=whole_number(0),
        default=0,
        help="random seed (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help="file for the trained model, which save_model writes if it ends in .skdigits, and "
        "joblib otherwise (default: ./RECIPE.joblib, or ./MODEL-tuned.joblib)",
    )
    parser.add_argument("--quiet", action="store_true", help="print only errors")
    add_data_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, save and score."""
    from ...neural_network._loading import load_quietly

    console = make_console(quiet=options.quiet)
    if options.start is not None:
        return _fine_tune(options, console)
    if options.recipe is None:
        raise ValueError(
            "name a RECIPE to train, or a model to fine-tune with --from; list the recipes with: "
            "skdigits recipes"
        )
    if options.old_data is not None:
        raise ValueError("--old-data needs --from MODEL, the model to fine-tune")
    output = _find_output(options)
    dataset = load_data(options, options.train_size)
    if options.data is not None:
        console.print(dataset.describe(), markup=False, soft_wrap=True)
    load_quietly()
    trainings = output.with_name(f"{output.name}.trainings")
    # One folder per training: what another interrupted command with this output has kept stays.
    training = trainings / _describe(options, dataset)
    pipeline = _make_pipeline(options, dataset, training, console)
    if any(training.glob("*.npz")):
        console.print(f"Resuming from {training}", markup=False, soft_wrap=True)
    start = time.perf_counter()
    with lock_folder(trainings):
        _fit(pipeline, dataset, training, console)
        seconds = time.perf_counter() - start
        _save(pipeline, output)
        shutil.rmtree(training)
        console.print(f"Trained on {len(dataset.X):,} images in {seconds:.1f} s")
        error = 1 - pipeline.score(dataset.X_test, dataset.y_test)
        known = _known(options.recipe) if options.data is None else ""
        console.print(f"Test error {error:.2%}{known}")
    if not any(path.is_dir() for path in trainings.iterdir()):
        shutil.rmtree(trainings)
    console.print(f"Saved {output}", markup=False)
    return 0


def _fine_tune(options: argparse.Namespace, console: Console) -> int:
    """Fine-tune a trained model, save and score."""
    check_options(options)
    output = _find_output(options)
    _save(fine_tune_model(options, console), output, kept="No other file was changed")
    console.print(f"Saved {output}", markup=False)
    return 0


def _find_output(options: argparse.Namespace) -> Path:
    """Find the file for the trained model, before any work is done."""
    is_recipe = options.start is None
    default = f"{options.recipe}.joblib" if is_recipe else tuned_name(options.start)
    output: Path = options.output or Path(default)
    check_target(output, "--output", options.data, options.test_data, options.old_data)
    return output


def _make_pipeline(
    options: argparse.Namespace, dataset: DataSet, training: Path, console: Console
) -> Pipeline:
    """Make the recipe's pipeline for the images."""
    from ...recipes import make_recipe

    pipeline = make_recipe(
        options.recipe,
        image_shape=dataset.image_shape,
        data_range=dataset.data_range,
        random_state=options.seed,
        verbose=0 if options.quiet else 2,
        checkpoint_dir=training,
    )
    networks = _networks(pipeline)
    epochs = options.epochs
    if epochs is None and options.data is not None:
        epochs = _count_epochs(networks[0].epochs, len(dataset.X))
        if epochs != networks[0].epochs:
            console.print(
                f"{epochs} epochs in place of {networks[0].epochs}, because there are fewer "
                "images than in MNIST; change it with --epochs"
            )
    if epochs is not None:
        for network in networks:
            network.set_params(epochs=epochs)
    return pipeline


def _count_epochs(epochs: int, n_images: int) -> int:
    """Choose as many epochs as give a recipe about as many steps as on MNIST, within reason."""
    return max(epochs, min(round(epochs * _MNIST_IMAGES / n_images), _MOST_EPOCHS))


def _fit(pipeline: Pipeline, dataset: DataSet, training: Path, console: Console) -> None:
    """Train, and say how to resume after Ctrl-C."""
    from joblib import parallel_config

    try:
        # An ensemble's networks are trained in processes that load TensorFlow themselves.
        with parallel_config("loky", initializer=_begin_worker, initargs=(os.getpid(),)):
            pipeline.fit(dataset.X, dataset.y)
    except KeyboardInterrupt:
        console.print(
            f"Run the same command again to resume from {training}", markup=False, soft_wrap=True
        )
        raise


def _begin_worker(starter: int) -> None:
    """Prepare a process that trains: it prints like its parent process, and ends with it."""
    from ...neural_network._loading import load_quietly

    work_for(starter)
    make_steady("stdout", for_good=True)
    make_steady("stderr", for_good=True)
    load_quietly()


def _describe(options: argparse.Namespace, dataset: DataSet) -> str:
    """Name the training by everything that tells it from others."""
    choices: dict[str, Any] = {
        "seed": options.seed,
        "epochs": options.epochs,
        "train-size": options.train_size,
    }
    choices["data"] = dataset.digest
    given = [f"{name}-{value}" for name, value in choices.items() if value is not None]
    return "-".join([options.recipe, *given])


def _known(recipe: str) -> str:
    """Say which error the source states or earlier runs reached."""
    from ...recipes import describe_recipe

    described = describe_recipe(recipe)
    if described.published_error is not None:
        return f" (published {described.published_error:.2%})"
    runs = described.measurement
    return "" if runs is None else f" (measured {runs.mean_percent}%, {len(runs.seeds)} seeds)"


def _networks(pipeline: Pipeline) -> list[Any]:
    """Find the networks of a pipeline, also those of a fitted ensemble."""
    from ...neural_network import BaseKerasClassifier

    parts = [*pipeline.get_params().values(), *getattr(pipeline[-1], "estimators_", ())]
    return [part for part in parts if isinstance(part, BaseKerasClassifier)]


def _save(pipeline: Pipeline, output: Path, *, kept: str = "Every finished epoch is kept") -> None:
    """Save a pipeline without its folder for checkpoints."""
    import joblib

    from ...persistence import save_model

    for network in _networks(pipeline):
        network.set_params(checkpoint_dir=None)
    write_file(
        output.parent,
        output.name,
        lambda path: (
            save_model(pipeline, path)
            if output.suffix == _MODEL_FILE
            else joblib.dump(pipeline, path, compress=3)
        ),
        kept=kept,
        again="run the same command again",
    )


def _recipe(name: str) -> str:
    """Refuse the name of no recipe."""
    from ...recipes import describe_recipe

    try:
        return describe_recipe(name).name
    except UnknownNameError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
