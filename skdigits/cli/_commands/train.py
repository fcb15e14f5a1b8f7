"""``skdigits train``: train a recipe and save it."""

from __future__ import annotations

import argparse
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._files import lock_folder, write_file
from ..._signals import work_for
from ...exceptions import UnknownNameError
from .._arguments import whole_number
from .._dataset import load_test_images, load_training_images
from .._streams import make_console, make_steady

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def add_parser(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "train",
        help="train a recipe on MNIST and save it",
        description="Train a recipe on MNIST's training images, save it with joblib and score it "
        "on the test images. If interrupted, run it again and it resumes after the last finished "
        "epoch.",
    )
    parser.add_argument(
        "recipe",
        metavar="RECIPE",
        type=_recipe,
        help="name of a recipe; list them with: skdigits recipes",
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
        help="override the recipe's number of epochs",
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
        help="file for the trained model (default: ./RECIPE.joblib)",
    )
    parser.add_argument("--quiet", action="store_true", help="print only errors")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, save and score."""
    from joblib import parallel_config

    from ...neural_network._loading import load_quietly
    from ...recipes import make_recipe

    console = make_console(quiet=options.quiet)
    output = options.output or Path(f"{options.recipe}.joblib")
    if not output.parent.is_dir():
        raise ValueError(
            f"folder {output.parent} does not exist; create it or choose another --output"
        )
    if output.is_dir():
        raise ValueError(f"{output} is a folder; name a file with --output")
    X, y = load_training_images(options.train_size, options.seed)
    X_test, y_test = load_test_images()
    load_quietly()
    trainings = output.with_name(f"{output.name}.trainings")
    # One folder per training: what another interrupted command with this output has kept stays.
    training = trainings / _describe(options)
    pipeline = make_recipe(
        options.recipe,
        random_state=options.seed,
        verbose=0 if options.quiet else 2,
        checkpoint_dir=training,
    )
    if options.epochs is not None:
        for network in _networks(pipeline):
            network.set_params(epochs=options.epochs)
    if any(training.glob("*.npz")):
        console.print(f"Resuming from {training}", markup=False, soft_wrap=True)
    start = time.perf_counter()
    with lock_folder(trainings):
        try:
            # An ensemble's networks are trained in processes that load TensorFlow themselves.
            with parallel_config("loky", initializer=_begin_worker, initargs=(os.getpid(),)):
                pipeline.fit(X, y)
        except KeyboardInterrupt:
            console.print(
                f"Run the same command again to resume from {training}",
                markup=False,
                soft_wrap=True,
            )
            raise
        seconds = time.perf_counter() - start
        _save(pipeline, output)
        shutil.rmtree(training)
        console.print(f"Trained on {len(X):,} images in {seconds:.1f} s")
        error = 1 - pipeline.score(X_test, y_test)
        console.print(f"Test error {error:.2%}{_known(options.recipe)}")
    if not any(path.is_dir() for path in trainings.iterdir()):
        shutil.rmtree(trainings)
    console.print(f"Saved {output}", markup=False)
    return 0


def _begin_worker(starter: int) -> None:
    """Prepare a process that trains: it prints like its parent process, and ends with it."""
    from ...neural_network._loading import load_quietly

    work_for(starter)
    make_steady("stdout", for_good=True)
    make_steady("stderr", for_good=True)
    load_quietly()


def _describe(options: argparse.Namespace) -> str:
    """Name the training by everything that tells it from others."""
    choices = {"seed": options.seed, "epochs": options.epochs, "train-size": options.train_size}
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


def _save(pipeline: Pipeline, output: Path) -> None:
    """Save a pipeline without its folder for checkpoints."""
    import joblib

    for network in _networks(pipeline):
        network.set_params(checkpoint_dir=None)
    write_file(
        output.parent,
        output.name,
        lambda path: joblib.dump(pipeline, path, compress=3),
        kept="Every finished epoch is kept",
        again="run the same command again",
    )


def _recipe(name: str) -> str:
    """Refuse the name of no recipe."""
    from ...recipes import describe_recipe

    try:
        return describe_recipe(name).name
    except UnknownNameError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
