"""Count the files of skdigits that run in a fit and in a prediction.

The counts are in docs/how_it_works.rst. To count in another checkout, set PYTHONPATH to it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from sklearn.datasets import load_digits

import skdigits
from skdigits import KerasCNNClassifier

ROOT = Path(skdigits.__file__).parent


def files_run_by(call: Callable[[], object]) -> set[Path]:
    """Call a function, and list the files of skdigits whose code ran."""
    files = set()

    def note(frame, event, argument):
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(ROOT):
            files.add(path.relative_to(ROOT))

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return files


def main() -> None:
    X, y = load_digits(return_X_y=True)
    X = X / 16
    # Everything is imported before, so that no import is counted.
    KerasCNNClassifier(epochs=1).fit(X, y).predict(X)
    # Another structure, so that its programs are compiled in what is counted.
    classifier = KerasCNNClassifier(filters=(7,), epochs=1)
    package = [path for path in (ROOT / "neural_network").rglob("*.py") if path.stem != "__init__"]
    print(f"neural_network has {len(package)} files.")
    for name, call in {
        "fit": lambda: classifier.fit(X, y),
        "first predict": lambda: classifier.predict(X[:10]),
        "predict": lambda: classifier.predict(X[:10]),
    }.items():
        print(f"{name}: {len(files_run_by(call))} files")


if __name__ == "__main__":
    main()
