"""Measure the test error of the recipes over several seeds.

Run it from the repository. It trains each recipe on the 60,000 training images once
for each seed, evaluates it once on the 10,000 test images after its last epoch, and
writes ``skdigits/recipes/measurements.json`` after every run. If interrupted, run it
again and it resumes. At the end it writes the tables of the README and of the documentation.

    python examples/benchmarks/measure_recipes.py --seeds 0 1 2

With ``--output`` it writes to another file and does not change the tables.

    python examples/benchmarks/measure_recipes.py --seeds 0 1 2 --output again.json

Times depend on the machine, so the program also measures how long plain Keras takes for the
10 epochs of mlm-cnn, again every quarter of an hour, and stores that time with each run. It times
several predictions of the test images by the last network, after a first one that compiles.

With ``--no-times`` it keeps only the errors: for further seeds on a machine that does other work
at the same time.

With ``--predict-times`` it only measures anew how long predictions take, several times for each
recipe, with networks that are hardly trained, because their weights make no difference.

With ``--model-fit`` it trains the same networks by Keras' own ``Model.fit``
instead of the compiled epoch, to check that both reach the same error, and writes
``docs/results/recipes_by_model_fit.json``.

    python examples/benchmarks/measure_recipes.py --recipes mlm-cnn --model-fit
"""

import argparse
import math
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from result_files import read_results, write_results
from sklearn.pipeline import Pipeline

from skdigits import describe_recipe, load_mnist, make_recipe, recipe_names

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "skdigits" / "recipes" / "measurements.json"
MODEL_FIT_RESULTS = ROOT / "docs" / "results" / "recipes_by_model_fit.json"
QUARTER_OF_AN_HOUR = 900.0
#: How often predictions are timed, and images to train on for ``--predict-times``.
N_PREDICTIONS, N_FITTED = 5, 2_000
LIBRARIES = ("skdigits", "scikit-learn", "keras", "tensorflow", "numpy")


def model_fit_callback() -> object:
    """Make a callback that does nothing, but at every batch: only Model.fit serves it."""
    import keras

    class Batches(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
            pass

    return Batches()


def processor() -> str:
    """Name the processor and its cores."""
    cpuinfo = Path("/proc/cpuinfo")
    names = [
        line.split(":")[1].strip()
        for line in (cpuinfo.read_text().splitlines() if cpuinfo.exists() else [])
        if line.startswith("model name")
    ]
    return f"{os.cpu_count()} cores, {names[0] if names else platform.processor()}"


def count_weights(pipeline: Pipeline) -> int:
    """Count the weights of a trained recipe: of its network, or of all in an ensemble."""
    networks = getattr(pipeline[-1], "estimators_", [pipeline[-1]])
    return sum(network.model_.count_params() for network in networks)


class KerasTime:
    """Time of plain Keras' 10 epochs of mlm-cnn, measured again where it has become old."""

    def __init__(self) -> None:
        self.measured = -math.inf
        self.seconds = math.nan

    def recent(self) -> float:
        """Give a time that is not older than a quarter of an hour."""
        if time.monotonic() - self.measured > QUARTER_OF_AN_HOUR:
            self.seconds = time_keras()
            self.measured = time.monotonic()
        return self.seconds


def time_keras() -> float:
    """Time plain Keras with the 10 epochs of mlm-cnn."""
    from peers import keras
    from peers._architecture import recipe_architecture
    from peers._data import load_digits

    architecture = recipe_architecture("mlm-cnn")
    X, y = keras.prepare(*load_digits(60_000), architecture)
    start = time.perf_counter()
    keras.fit(architecture, X, y, epochs=10)
    return time.perf_counter() - start


def time_predictions(pipeline: Pipeline, X: np.ndarray) -> list[float]:
    """Time predictions of all images, after one that compiles."""
    pipeline.predict(X)
    seconds = []
    for _ in range(N_PREDICTIONS):
        start = time.perf_counter()
        pipeline.predict(X)
        seconds.append(round(time.perf_counter() - start, 4))
    return seconds


def train_hardly(name: str, X: np.ndarray, y: np.ndarray) -> Pipeline:
    """Train a recipe for one epoch on few images, because predictions then take as long."""
    pipeline = make_recipe(name, random_state=0)
    epochs = [each for each in pipeline.get_params() if each.endswith("__epochs")]
    return pipeline.set_params(**dict.fromkeys(epochs, 1)).fit(X[:N_FITTED], y[:N_FITTED])


def describe_result(name: str, seed: int, error: float, seconds: float) -> str:
    """Say in a line what a run gave."""
    published = describe_recipe(name).published_error
    beside = "" if published is None else f" (published {published:.2%})"
    return f"{name} seed {seed}: {error:.2%} in {seconds:.1f} s{beside}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipes", nargs="+", choices=recipe_names(), default=recipe_names())
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--model-fit", action="store_true", help="train by keras.Model.fit")
    parser.add_argument("--no-times", action="store_true", help="keep the errors, not the times")
    parser.add_argument(
        "--predict-times", action="store_true", help="only time predictions anew, and train hardly"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help=f"results (default: {RESULTS.name})"
    )
    options = parser.parse_args()

    path = options.output or (MODEL_FIT_RESULTS if options.model_fit else RESULTS)
    results = read_results(path)
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    X, y = load_mnist(subset="train", return_X_y=True)
    X_test, y_test = load_mnist(subset="test", return_X_y=True)
    keras_time = KerasTime()
    for name in options.recipes:
        entry = results.setdefault(name, {"seeds": []})
        if options.predict_times:
            entry["predict_seconds"] = time_predictions(train_hardly(name, X, y), X_test)
            write_results(path, results)
            print(name, entry["predict_seconds"], flush=True)
            continue
        for seed in options.seeds:
            if seed in entry["seeds"]:
                continue
            wants_reference = not (options.model_fit or options.no_times)
            reference = keras_time.recent() if wants_reference else None
            pipeline = make_recipe(name, random_state=seed)
            if options.model_fit:
                pipeline[-1].set_params(callbacks=model_fit_callback)
            start = time.perf_counter()
            pipeline.fit(X, y)
            seconds = time.perf_counter() - start
            error = 1 - pipeline.score(X_test, y_test)
            run = {"seeds": seed, "test_errors": round(error, 6)}
            if not options.no_times:
                run["fit_seconds"] = round(seconds, 2)
            if reference is not None:
                entry["predict_seconds"] = time_predictions(pipeline, X_test)
                run["reference_seconds"] = round(reference, 2)
            for quantity, value in run.items():
                entry.setdefault(quantity, []).append(value)
            entry["n_parameters"] = count_weights(pipeline)
            entry["machine"], entry["versions"] = processor(), versions
            write_results(path, results)
            print(describe_result(name, seed, error, seconds), flush=True)
    if path == RESULTS:
        # This process read the measurements before it made any; a new one reads all.
        tables = Path(__file__).with_name("recipe_tables.py")
        subprocess.run([sys.executable, tables], check=True)


if __name__ == "__main__":
    main()
