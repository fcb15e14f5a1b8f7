"""Measure the test error of the recipes over several seeds.

Run from the repository, it trains each recipe on the 60,000 training images once
for each seed, scores it once on the 10,000 test images after its last epoch, and
writes ``skdigits/recipes/measurements.json`` after every run. Started again, it
goes on with the runs that are missing.

    python examples/benchmarks/measure_recipes.py --seeds 0 1 2
"""

import argparse
import json
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

from skdigits import describe_recipe, load_mnist, make_recipe, recipe_names

RESULTS = Path(__file__).parents[2] / "skdigits" / "recipes" / "measurements.json"
LIBRARIES = ("skdigits", "scikit-learn", "keras", "tensorflow", "numpy")


def processor() -> str:
    """Name the processor and its cores."""
    cpuinfo = Path("/proc/cpuinfo")
    names = [
        line.split(":")[1].strip()
        for line in (cpuinfo.read_text().splitlines() if cpuinfo.exists() else [])
        if line.startswith("model name")
    ]
    return f"{os.cpu_count()} cores, {names[0] if names else platform.processor()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipes", nargs="+", choices=recipe_names(), default=recipe_names())
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    options = parser.parse_args()

    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    X, y = load_mnist(subset="train", return_X_y=True)
    X_test, y_test = load_mnist(subset="test", return_X_y=True)
    for name in options.recipes:
        entry = results.setdefault(name, {"seeds": [], "test_errors": [], "fit_seconds": []})
        for seed in options.seeds:
            if seed in entry["seeds"]:
                continue
            pipeline = make_recipe(name, random_state=seed)
            start = time.perf_counter()
            pipeline.fit(X, y)
            seconds = time.perf_counter() - start
            error = 1 - pipeline.score(X_test, y_test)
            entry["seeds"].append(seed)
            entry["test_errors"].append(round(error, 6))
            entry["fit_seconds"].append(round(seconds, 1))
            entry["n_parameters"] = pipeline[-1].model_.count_params()
            entry["machine"], entry["versions"] = processor(), versions
            RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
            published = describe_recipe(name).published_error
            print(
                f"{name} seed {seed}: {error:.2%} in {seconds:.1f} s (published {published:.2%})"
            )


if __name__ == "__main__":
    main()
