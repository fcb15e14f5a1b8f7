"""``skdigits train``: train a recipe and save it."""

from __future__ import annotations

import argparse
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._files import lock_folder, write_file
from .._signals import work_for
from ._arguments import check_train_size, whole_number
from ._streams import make_console, make_steady

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def add_parser(commands: Any) -> None:
    """Describe the command's arguments.

    Parameters
    ----------
    commands : argparse subparsers
        The parser to add to.
    """
    parser = commands.add_parser(
        "train",
        help="train a recipe on MNIST and save it",
        description="Train a recipe on MNIST's training images, score it on the test images and "
        "save it with joblib. Broken off and started again, it goes on after the last finished "
        "epoch.",
    )
    parser.add_argument("recipe", metavar="RECIPE", type=_recipe, help="see: skdigits recipes")
    parser.add_argument(
        "--train-size", metavar="N", type=whole_number(100), help="a stratified sample"
    )
    parser.add_argument(
        "--epochs", metavar="N", type=whole_number(1), help="other than the recipe's"
    )
    parser.add_argument("--seed", metavar="S", type=whole_number(0), default=0, help="default: 0")
    parser.add_argument("--output", metavar="FILE", type=Path, help="default: ./RECIPE.joblib")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, save and score.

    Parameters
    ----------
    options : argparse.Namespace
        The parsed arguments.

    Returns
    -------
    status : int
        0.
    """
    from joblib import parallel_config

    from ..datasets import load_mnist
    from ..neural_network._loading import load_quietly
    from ..recipes import make_recipe

    console = make_console(quiet=options.quiet)
    output = options.output or Path(f"{options.recipe}.joblib")
    if not output.parent.is_dir():
        raise ValueError(f"there is no folder {output.parent}; make it, or name another --output")
    if output.is_dir():
        raise ValueError(f"{output} is a folder; name a file with --output")
    check_train_size(options.train_size)
    load_quietly()
    X, y = load_mnist(
        subset="train",
        n_samples=options.train_size,
        return_X_y=True,
        random_state=options.seed,
    )
    X_test, y_test = load_mnist(subset="test", return_X_y=True)
    trainings = output.with_name(f"{output.name}.trainings")
    # One for each: what another command with this output has broken off stays.
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
        console.print(f"Going on with what is in {training}", markup=False, soft_wrap=True)
    start = time.perf_counter()
    with lock_folder(trainings):
        try:
            # An ensemble's networks are trained in processes, which load TensorFlow themselves.
            with parallel_config("loky", initializer=_begin_worker, initargs=(os.getpid(),)):
                pipeline.fit(X, y)
        except KeyboardInterrupt:
            console.print(
                f"The same command goes on from {training}", markup=False, soft_wrap=True
            )
            raise
        seconds = time.perf_counter() - start
        _save(pipeline, output)
        shutil.rmtree(training)
        console.print(f"Trained {len(X):,} images in {seconds:.1f} s")
        error = 1 - pipeline.score(X_test, y_test)
        console.print(f"Test error {error:.2%}{_known(options.recipe)}")
    if not any(path.is_dir() for path in trainings.iterdir()):
        shutil.rmtree(trainings)
    console.print(f"Saved {output}", markup=False)
    return 0


def _begin_worker(starter: int) -> None:
    """Prepare a process that trains: it prints like its starter, and that one ends it."""
    from ..neural_network._loading import load_quietly

    work_for(starter)
    make_steady("stdout", for_good=True)
    make_steady("stderr", for_good=True)
    load_quietly()


def _describe(options: argparse.Namespace) -> str:
    """Name the training, and no other."""
    choices = {"seed": options.seed, "epochs": options.epochs, "train-size": options.train_size}
    given = [f"{name}-{value}" for name, value in choices.items() if value is not None]
    return "-".join([options.recipe, *given])


def _known(recipe: str) -> str:
    """Say what others, or earlier runs, have reached."""
    from ..recipes import describe_recipe

    described = describe_recipe(recipe)
    if described.published_error is not None:
        return f" (published {described.published_error:.2%})"
    runs = described.measurement
    return "" if runs is None else f" (measured {runs.mean_percent}%, {len(runs.seeds)} seeds)"


def _networks(pipeline: Pipeline) -> list[Any]:
    """Find the networks of a pipeline; those of a fitted ensemble too."""
    from ..neural_network import BaseKerasClassifier

    parts = [*pipeline.get_params().values(), *getattr(pipeline[-1], "estimators_", ())]
    return [part for part in parts if isinstance(part, BaseKerasClassifier)]


def _save(pipeline: Pipeline, output: Path) -> None:
    """Save a pipeline that keeps no more trainings."""
    import joblib

    for network in _networks(pipeline):
        network.set_params(checkpoint_dir=None)
    write_file(
        output.parent,
        output.name,
        lambda path: joblib.dump(pipeline, path, compress=3),
        kept="Every finished epoch is kept",
        again="start the same command again",
    )


def _recipe(name: str) -> str:
    """Refuse a name that is no recipe's."""
    from ..recipes import recipe_names

    if name not in recipe_names():
        raise argparse.ArgumentTypeError(
            f"no recipe is named {name!r}; the recipes are: {', '.join(recipe_names())}"
        )
    return name
