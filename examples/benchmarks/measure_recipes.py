"""Measure the test error of the recipes over several seeds.

Run from the repository, it trains each recipe on the 60,000 training images once
for each seed, scores it once on the 10,000 test images after its last epoch, and
writes ``skdigits/recipes/measurements.json`` after every run. Started again, it
goes on with the runs that are missing.

    python examples/benchmarks/measure_recipes.py --seeds 0 1 2

With ``--model-fit`` the same networks are trained by Keras' own ``Model.fit``
instead of the compiled epoch, to see that the two end alike; the results go to
``docs/results/recipes_by_model_fit.json``.

    python examples/benchmarks/measure_recipes.py --recipes mlm-cnn --model-fit
"""

import argparse
import json
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from statistics import mean, stdev

from skdigits import describe_recipe, load_mnist, make_recipe, recipe_names

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "skdigits" / "recipes" / "measurements.json"
README = ROOT / "README.md"
MODEL_FIT_RESULTS = ROOT / "docs" / "results" / "recipes_by_model_fit.json"
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


def write_readme_table() -> None:
    """Put the measured errors into the README's table."""
    rows = [
        "| recipe | network and training | published error | measured error |",
        "|---|---|---|---|",
    ]
    for name, runs in json.loads(RESULTS.read_text("utf-8")).items():
        recipe = describe_recipe(name)
        errors = runs["test_errors"]
        measured = f"{mean(errors):.2%} ± {100 * stdev(errors):.2f}, {len(errors)} seeds"
        rows.append(f"| `{name}` | {recipe.summary} | {recipe.published_error:.2%} | {measured} |")
    begin, end = "<!-- recipes: begin -->\n", "<!-- recipes: end -->\n"
    text = README.read_text("utf-8")
    before, after = text.split(begin)[0], text.split(end)[1]
    README.write_text(before + begin + "\n".join(rows) + "\n" + end + after, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipes", nargs="+", choices=recipe_names(), default=recipe_names())
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--model-fit", action="store_true", help="train by keras.Model.fit")
    options = parser.parse_args()

    path = MODEL_FIT_RESULTS if options.model_fit else RESULTS
    path.parent.mkdir(exist_ok=True)
    results = json.loads(path.read_text("utf-8")) if path.exists() else {}
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    X, y = load_mnist(subset="train", return_X_y=True)
    X_test, y_test = load_mnist(subset="test", return_X_y=True)
    for name in options.recipes:
        entry = results.setdefault(name, {"seeds": [], "test_errors": [], "fit_seconds": []})
        for seed in options.seeds:
            if seed in entry["seeds"]:
                continue
            pipeline = make_recipe(name, random_state=seed)
            if options.model_fit:
                pipeline[-1].set_params(callbacks=model_fit_callback)
            start = time.perf_counter()
            pipeline.fit(X, y)
            seconds = time.perf_counter() - start
            error = 1 - pipeline.score(X_test, y_test)
            entry["seeds"].append(seed)
            entry["test_errors"].append(round(error, 6))
            entry["fit_seconds"].append(round(seconds, 1))
            entry["n_parameters"] = pipeline[-1].model_.count_params()
            entry["machine"], entry["versions"] = processor(), versions
            path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
            published = describe_recipe(name).published_error
            print(
                f"{name} seed {seed}: {error:.2%} in {seconds:.1f} s (published {published:.2%})"
            )
    if not options.model_fit:
        write_readme_table()


if __name__ == "__main__":
    main()
