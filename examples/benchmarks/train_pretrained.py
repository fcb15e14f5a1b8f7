"""Train the Pipeline that comes with skdigits, and write its files.

Run from the repository, it trains one recipe on the 60,000 training images, scores it
once on the 10,000 test images, and writes ``skdigits/pretrained/data/NAME.skdigits``,
its digest in ``skdigits/pretrained/_registry.py``, and its model card ``NAME.md``. What
is scored is the file, loaded again.

    python examples/benchmarks/train_pretrained.py

With ``--quick FOLDER`` it trains for one epoch on 1,000 images and writes the files
into that folder, to see that everything runs; the numbers mean nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from measure_recipes import LIBRARIES, processor
from sklearn.pipeline import Pipeline

from skdigits import (
    describe_recipe,
    load_mnist,
    load_model,
    make_recipe,
    save_model,
)
from skdigits.comparison._statistics import error_interval

NAME = "default"
RECIPE = "mlm-cnn-large"
SEED = 0
#: Half the size of float32; what it costs in accuracy is within the error that is measured.
WEIGHTS_DTYPE = "float16"

ROOT = Path(__file__).parents[2]
PRETRAINED = ROOT / "skdigits" / "pretrained"

CARD = """\
# The trained Pipeline `{name}`

`skdigits.load_pretrained("{name}")` gives it: {steps}.

## What it is for

Telling which of the digits 0 to 9 is on a picture of one handwritten digit: in demonstrations
and lessons, as a starting point, and as a model to compare others with.

## What it is not for

- Pictures that are not framed as MNIST's are: 28 x 28 pixels, ink bright on a ground of 0, the
  digit in the middle 20 x 20. A photograph of ink on paper is not.
- Pictures with several digits.
- Letters, signs, printed digits, or no digit at all: it knows ten answers and gives one of
  them always. Its probabilities do not tell a strange picture from a digit.
- Handwriting unlike that of the American census workers and pupils who wrote MNIST. A 1 with
  a long upstroke and a 7 with a bar, usual elsewhere, are rare in its data.
- Decisions about people, money or marks without a person who looks at the picture.

## Training

- Data: {n_train:,} training images of MNIST (LeCun, Cortes and Burges, CC BY-SA 3.0), all
  that it has seen. No test image has decided on anything.
- Recipe: `{recipe}`.
  {summary}.
- Seed: {seed}. Weights: {n_parameters:,}, kept in {weights_dtype}.
- {fit_seconds:.0f} s on {machine}.
- {versions}.

## Errors

| pictures | number | error | 95 % interval |
|---|---|---|---|
{errors}

They were scored once, through the whole Pipeline. The intervals are Wilson's.

`python examples/benchmarks/train_pretrained.py` trains it again and writes this file.

## Figures

```json
{figures}
```
"""


def untrained() -> Pipeline:
    """Make the Pipeline."""
    return make_recipe(RECIPE, random_state=SEED, verbose=2)


def score(model: Pipeline, X: Any, y: Any) -> dict[str, Any]:
    """Count the errors on some pictures."""
    y, predicted = np.asarray(y), model.predict(X)
    error, low, high = error_interval(y, predicted)
    return {
        "n": len(y),
        "wrong": int((predicted != y).sum()),
        "error": round(error, 6),
        "interval": [round(low, 6), round(high, 6)],
    }


def write_card(path: Path, model: Pipeline, figures: dict[str, Any], summary: str) -> None:
    """Write what one should know of the model."""
    rows = [
        f"| {kind} | {found['n']:,} | {found['error']:.2%} | "
        f"{found['interval'][0]:.2%} to {found['interval'][1]:.2%} |"
        for kind, found in figures["errors"].items()
    ]
    steps = ", then ".join(f"`{type(step).__name__}`" for _, step in model.steps)
    texts = {"steps": steps, "summary": summary, "errors": "\n".join(rows)}
    text = CARD.format(**{**figures, **texts, "figures": json.dumps(figures, indent=2)})
    path.write_text(text, encoding="utf-8")


def write_digest(path: Path, content: bytes) -> None:
    """Write the digest of the file into the registry."""
    text, n_found = re.subn(
        rf'("{NAME}": ")[0-9a-f]{{64}}(")',
        rf"\g<1>{hashlib.sha256(content).hexdigest()}\g<2>",
        path.read_text("utf-8"),
    )
    if n_found != 1:
        raise ValueError(f'{path.name} has no line "{NAME}": "64 digits". Add it to DIGESTS.')
    path.write_text(text, encoding="utf-8")


def train(folder: Path, *, quick: bool) -> None:
    """Train the Pipeline, and write its file and its card."""
    n_samples = 1_000 if quick else None
    X, y = load_mnist(subset="train", n_samples=n_samples, return_X_y=True, random_state=SEED)
    pipeline = untrained()
    if quick:
        pipeline[-1].set_params(epochs=1)
    start = time.perf_counter()
    pipeline.fit(X, y)
    seconds = time.perf_counter() - start
    pipeline[-1].set_params(verbose=0)
    path = folder / f"{NAME}.skdigits"
    save_model(pipeline, path, weights_dtype=WEIGHTS_DTYPE)
    model = load_model(path)
    figures = {
        "name": NAME,
        "recipe": RECIPE,
        "seed": SEED,
        "n_train": len(y),
        "n_parameters": model[-1].model_.count_params(),
        "weights_dtype": WEIGHTS_DTYPE,
        "n_bytes": path.stat().st_size,
        "fit_seconds": round(seconds, 1),
        "machine": processor(),
        "versions": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "errors": {"MNIST test images": score(model, *load_mnist(subset="test", return_X_y=True))},
    }
    write_card(folder / f"{NAME}.md", model, figures, describe_recipe(RECIPE).summary)
    print(json.dumps(figures, indent=2))


def main(arguments: list[str] | None = None) -> None:
    """Train, score and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", metavar="FOLDER", type=Path, help="only see that it runs")
    options = parser.parse_args(arguments)
    if options.quick:
        train(options.quick, quick=True)
        return
    # The package has the old files until all new ones are there.
    with tempfile.TemporaryDirectory() as folder:
        train(Path(folder), quick=False)
        for path in Path(folder).iterdir():
            shutil.copy(path, PRETRAINED / "data")
    write_digest(
        PRETRAINED / "_registry.py", (PRETRAINED / "data" / f"{NAME}.skdigits").read_bytes()
    )


if __name__ == "__main__":
    main()
