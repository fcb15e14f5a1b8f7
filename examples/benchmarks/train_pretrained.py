"""Train the pipeline that is included in skdigits, and write its files.

Run it from the repository. It trains one recipe, after an `MNISTNormalizer`, on the 60,000
training images, evaluates it once on the 10,000 test images, on handwriting rendered from them
(``handwriting.py``) and on scikit-learn's ``load_digits``, and writes
``skdigits/pretrained/data/NAME.skdigits``, its digest in
``skdigits/pretrained/_pretrained.py``, and its model card ``NAME.md``. It evaluates the model
that it loads from this file.

    python examples/benchmarks/train_pretrained.py --recipe better-cnn

With ``--keep-weights`` it trains nothing: it combines the included network with the
current normaliser and evaluates it again.

With ``--quick FOLDER`` it trains for one epoch on 1,000 images and writes the files
to that folder, only to check that everything runs; the numbers mean nothing.
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

from measure_recipes import LIBRARIES, count_weights, processor
from picture_sets import PictureSet, is_wrong, normalized, picture_sets, share
from sklearn.pipeline import Pipeline, make_pipeline

from skdigits import (
    MNISTNormalizer,
    describe_recipe,
    load_mnist,
    load_model,
    load_pretrained,
    make_recipe,
    recipe_names,
    save_model,
)

NAME = "default"
RECIPE = "better-cnn"
SEED = 0
#: Half the size of float32; what it costs in accuracy is within the error that is measured.
WEIGHTS_DTYPE = "float16"
#: Pictures of each kind of rendered handwriting.
N_RENDERED = 1_000

ROOT = Path(__file__).parents[2]
PRETRAINED = ROOT / "skdigits" / "pretrained"

CARD = """\
# The trained pipeline `{name}`

`skdigits.load_pretrained("{name}")` returns it: {steps}.

## What it is for

It predicts which of the digits 0 to 9 an image of one handwritten digit shows: in demonstrations
and lessons, as a starting point, and as a model to compare others with.

## What it is not for

- Images of several digits: separate them first with `skdigits.images.segment_digits`.
- Digits that touch each other, are cut off, lie on their side, or are written in two colours.
- Letters, symbols, printed digits, or no digit at all: it knows ten answers and always gives
  one of them. Its probabilities do not tell a digit from anything else.
- Handwriting unlike that of the American census workers and pupils who wrote MNIST. A 1 with
  a long upstroke and a 7 with a bar, common elsewhere, are rare in its training data.
- Decisions about people, money or grades without a person who checks the image.

## Training

- Data: {n_train:,} training images of MNIST (LeCun, Cortes and Burges, CC BY-SA 3.0) and
  nothing else. No choice was made on the test images.
- Recipe: `{recipe}`.
  {summary}.
- Seed: {seed}. Weights: {n_parameters:,}, stored in {weights_dtype}.
- {fit_seconds:.0f} s on {machine}.
- {versions}.

## Errors

| images | number | error | 95% interval |
|---|---|---|---|
{errors}

Each set was evaluated once, through the whole pipeline. The intervals are Wilson's.
`examples/benchmarks/handwriting.py` renders the images from MNIST's test images, with the seed
in `picture_sets.py`.

`python examples/benchmarks/train_pretrained.py --recipe {recipe}` trains it again and writes
this file.

## Figures

```json
{figures}
```
"""


def untrained(recipe: str) -> Pipeline:
    """Make the Pipeline."""
    network = make_recipe(recipe, random_state=SEED, verbose=2)
    return make_pipeline(MNISTNormalizer(), *(step for _, step in network.steps))


def set_everywhere(pipeline: Pipeline, **values: Any) -> None:
    """Set parameters of the network, or of all if there are several."""
    names = pipeline.get_params()
    for name, value in values.items():
        found = {full: value for full in names if full.endswith(f"__{name}")}
        pipeline.set_params(**found)


def score(model: Pipeline, sets: dict[str, PictureSet]) -> dict[str, dict[str, Any]]:
    """Count the errors on each set; a picture that is taken for blank is one."""
    errors = {}
    for kind, each in sets.items():
        wrong = is_wrong(model[1:], normalized(each.pictures), each.labels)
        errors[kind] = {"n": len(each.labels), **share(wrong.sum(), len(each.labels))}
    return errors


def write_card(path: Path, model: Pipeline, figures: dict[str, Any], summary: str) -> None:
    """Write the model card."""
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


def train(recipe: str, *, quick: bool) -> tuple[Pipeline, dict[str, Any]]:
    """Train the pipeline; return it with the machine and the time."""
    n_samples = 1_000 if quick else None
    X, y = load_mnist(subset="train", n_samples=n_samples, return_X_y=True, random_state=SEED)
    pipeline = untrained(recipe)
    if quick:
        set_everywhere(pipeline, epochs=1)
    start = time.perf_counter()
    pipeline.fit(X, y)
    seconds = time.perf_counter() - start
    return pipeline, {
        "recipe": recipe,
        "seed": SEED,
        "n_train": len(y),
        "fit_seconds": round(seconds, 1),
        "machine": processor(),
        "versions": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }


def keep() -> tuple[Pipeline, dict[str, Any]]:
    """Put the included network after the normaliser; return it with the figures of its card."""
    steps = [step for _, step in load_pretrained(NAME).steps]
    if not isinstance(steps[0], MNISTNormalizer):
        steps.insert(0, MNISTNormalizer())
    card = (PRETRAINED / "data" / f"{NAME}.md").read_text("utf-8")
    stated = json.loads(re.search(r"```json\n(.*?)```", card, re.DOTALL)[1])
    training = ("recipe", "seed", "n_train", "fit_seconds", "machine", "versions")
    return make_pipeline(*steps), {name: stated[name] for name in training}


def write(folder: Path, pipeline: Pipeline, training: dict[str, Any], n_rendered: int) -> None:
    """Write the Pipeline's file, score that, and write its card."""
    set_everywhere(pipeline, verbose=0)
    path = folder / f"{NAME}.skdigits"
    save_model(pipeline, path, weights_dtype=WEIGHTS_DTYPE)
    model = load_model(path)
    figures = {
        "name": NAME,
        **training,
        "n_parameters": count_weights(model),
        "weights_dtype": WEIGHTS_DTYPE,
        "n_bytes": path.stat().st_size,
        "errors": score(model, picture_sets(n_rendered)),
    }
    summary = describe_recipe(training["recipe"]).summary
    write_card(folder / f"{NAME}.md", model, figures, summary)
    print(json.dumps(figures, indent=2))


def main(arguments: list[str] | None = None) -> None:
    """Train, score and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", choices=recipe_names(), default=RECIPE)
    parser.add_argument("--keep-weights", action="store_true", help="train nothing")
    parser.add_argument("--n", type=int, default=N_RENDERED, help="rendered images of each kind")
    parser.add_argument(
        "--quick", metavar="FOLDER", type=Path, help="only check that everything runs"
    )
    options = parser.parse_args(arguments)
    quick = options.quick is not None
    trained = keep() if options.keep_weights else train(options.recipe, quick=quick)
    if quick:
        write(options.quick, *trained, n_rendered=5)
        return
    # The package has the old files until all new ones are there.
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), *trained, n_rendered=options.n)
        for path in Path(folder).iterdir():
            shutil.copy(path, PRETRAINED / "data")
    write_digest(
        PRETRAINED / "_pretrained.py", (PRETRAINED / "data" / f"{NAME}.skdigits").read_bytes()
    )


if __name__ == "__main__":
    main()
