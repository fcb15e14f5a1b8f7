"""Compare skdigits in two folders, such as before and after a change: same results, same speed.

    git worktree add ../before COMMIT
    python examples/benchmarks/compare_checkouts.py ../before .

Trains small networks in both and compares their outputs bit for bit, then measures both in turn by
the works of compare_with_peers.py.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from peers._process import SideProcess
from peers._work import Case, Side
from peers._works import FULL_SIZES, list_works

WORKS = ("epoch-levelup-mlp", "epoch-mlm-cnn", "predict-one-mlp", "search-18")
OPTIMIZERS = (
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "ftrl",
    "lion",
    "nadam",
    "rmsprop",
    "sgd",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path, help="folder that contains skdigits/")
    parser.add_argument("after", type=Path, help="folder that contains skdigits/")
    parser.add_argument("--work", metavar="NAME", nargs="*", default=WORKS)
    parser.add_argument("--repeats", metavar="K", type=int, default=7)
    parser.add_argument("--hash", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.hash:
        print_hashes()
        return
    folders = [options.before.resolve(), options.after.resolve()]
    compare_results(folders)
    works = list_works(FULL_SIZES)
    for name in options.work:
        for case in works[name].cases:
            side = next(side for side in case.sides if side.module.startswith("skdigits"))
            compare_speed(name, case, side, folders, options.repeats)


def print_hashes() -> None:
    """Train networks on some images, and print what identifies their outputs."""
    from skdigits import load_mnist
    from skdigits.recipes import make_recipe, recipe_names

    X, y = load_mnist(subset="train", n_samples=1_200, random_state=0, return_X_y=True)
    models = {name: make_recipe(name, random_state=0) for name in recipe_names()}
    models.pop("best-ensemble")
    for optimizer in OPTIMIZERS:
        model = models[f"optimizer={optimizer}"] = make_recipe("fast-mlp", random_state=0)
        model[-1].set_params(optimizer=optimizer)
    for name, model in models.items():
        model[-1].set_params(epochs=2)
        outputs = model.fit(X, y).decision_function(X[:100])
        print(name, hashlib.sha256(outputs.tobytes()).hexdigest()[:16])


def compare_results(folders: list[Path]) -> None:
    """Compare the outputs of networks that are trained in each folder."""
    printed = [
        subprocess.run(
            [sys.executable, __file__, *map(str, folders), "--hash"],
            env=os.environ | {"PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for folder in folders
    ]
    differing = [one.split()[0] for one, other in zip(*printed, strict=True) if one != other]
    print(f"{len(printed[0])} trainings, different outputs: {', '.join(differing) or 'none'}")


def compare_speed(name: str, case: Case, side: Side, folders: list[Path], repeats: int) -> None:
    """Measure a case in both folders in turn, and print the ratios."""
    rounds = []
    kept = None if case.fresh else [start(case, side, folder) for folder in folders]
    for i in range(repeats + 1):
        order = (0, 1) if i % 2 else (1, 0)
        seconds = [0.0, 0.0]
        for k in order:
            process = kept[k] if kept else start(case, side, folders[k])
            seconds[k] = process.measure(first=i == 0 and not case.fresh)["seconds"]
            if not kept:
                process.close()
        rounds.append(seconds)
    for process in kept or ():
        process.close()
    ratios = [after / before for before, after in rounds[1:]]
    extent = f"{min(ratios):.2f} to {max(ratios):.2f}, {repeats} rounds"
    before, after = (statistics.median(column) for column in zip(*rounds[1:], strict=True))
    print(
        f"{name} {case.label}: {before:.3g} s before, {after:.3g} s after; ratio "
        f"{statistics.median(ratios):.3f} ({extent})"
    )


def start(case: Case, side: Side, folder: Path) -> SideProcess:
    """Start a process that imports skdigits from a folder."""
    return SideProcess(case, replace(side, checkout=str(folder)))


if __name__ == "__main__":
    main()
