"""Train the pipeline that is included in skdigits, and write its files.

Run it from the repository. It trains the network of one recipe, after an `MNISTNormalizer`, on the
60,000 training images, and on digits and no digits that are made from them and from fonts
(``training_images.py``). ``fetch_fonts.py`` downloads the fonts.

    python examples/benchmarks/train_pretrained.py --fonts FOLDER

It evaluates the model once on the 10,000 test images, on handwriting rendered from them
(``handwriting.py``), on images made from them and from fonts that were held out, and on
scikit-learn's ``load_digits``. It writes ``skdigits/pretrained/data/NAME.skdigits``, its digest in
``skdigits/pretrained/_pretrained.py``, and its model card ``NAME.md``. It evaluates the model
that it loads from this file.

With ``--held-out`` it also holds out 10,000 of the training images, evaluates the network on
images made from these, suggests a threshold for what is no digit, and writes nothing. All choices
were made in this way.

With ``--pictures FOLDER`` the card also has the errors on pictures of other people, in a folder
such as ``measure_pictures.py`` reads. Nothing is trained or chosen on them.

With ``--keep-weights`` it trains nothing: it combines the included network with the
current normaliser and evaluates it again.

With ``--quick FOLDER`` it trains for one epoch on few images and writes the files
to that folder, only to check that everything runs; the numbers mean nothing. Without ``--fonts``
it uses the fonts that come with matplotlib.
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

import fonts as typefaces
import numpy as np
from measure_recipes import LIBRARIES, count_weights, processor
from model_card import score, score_made, score_pictures, write_card
from no_digits import Sources
from picture_sets import normalized, picture_sets
from sklearn.pipeline import Pipeline, make_pipeline
from training_images import NO_DIGIT, RIGHT_CUTS, Images, join, make_images

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
RECIPE = "compact-cnn"
#: What the included network changes of its recipe.
CHANGES = {
    "filters": (32, (64, 64)),
    "dropout": 0.1,
    "epochs": 18,
    # As best-cnn, which also learns from other pens and proportions than MNIST's.
    "augmentation__rotation": 10.0,
    "augmentation__zoom": 0.12,
    "augmentation__shear": 0.2,
    "augmentation__stretch": 0.15,
    "augmentation__thickness": 1.0,
    "augmentation__interpolation": "lanczos3",
}
#: What is less likely a digit is none. ``--held-out`` suggests at most -1.4; it is lower because
#: real digits are refused up to three times as often as made-up ones.
THRESHOLD = -2.5
#: Training images that ``--held-out`` holds out, in blocks that have writers of their own.
N_HELD_OUT, BLOCK = 10_000, 2_000
#: Share of the digits of each made-up set that the threshold refuses at most.
MOST_REFUSED = 0.01
SEED = 0
#: Seeds of the images that are made for training, and of those that are evaluated.
TRAINING_SEED, EVALUATION_SEED = 1, 2
#: Half the size of float32; what it costs in accuracy is within the error that is measured.
WEIGHTS_DTYPE = "float16"
#: Pictures of each kind of rendered handwriting, and test images from which others are made.
N_RENDERED = 1_000
#: For each rendered picture so many images are the sources of made-up ones.
N_SOURCES_EACH = 5

#: Training images for ``--quick``.
N_QUICK = 300

ROOT = Path(__file__).parents[2]
PRETRAINED = ROOT / "skdigits" / "pretrained"


def untrained(recipe: str) -> Pipeline:
    """Make the Pipeline."""
    network = make_recipe(recipe, random_state=SEED, verbose=2)
    pipeline = make_pipeline(MNISTNormalizer(), *(step for _, step in network.steps))
    changes = CHANGES if recipe == RECIPE else {}
    set_everywhere(pipeline, outlier_label=NO_DIGIT, outlier_threshold=THRESHOLD, **changes)
    return pipeline


def set_everywhere(pipeline: Pipeline, **values: Any) -> None:
    """Set parameters of the network, or of all if there are several."""
    names = pipeline.get_params()
    for name, value in values.items():
        found = {full: value for full in names if full.endswith(f"__{name}")}
        pipeline.set_params(**found)


def sources(subset: str, rows: np.ndarray, folder: Path | None, *, held_out: bool) -> Sources:
    """Collect what images are made of: rows of MNIST, and fonts that are held out or not."""
    mnist = load_mnist(subset=subset)
    found = typefaces.find_fonts(folder)
    chosen = [font for font in found if typefaces.is_held_out(font) == held_out]
    return Sources(mnist.images[rows], mnist.target[rows], chosen or found)


def suggest_threshold(model: Pipeline, made: dict[str, Images]) -> float:
    """Find the highest threshold that refuses at most 1% of the digits of each set."""
    # Pieces of touching digits are left out: parts may be missing, or a neighbour's be there.
    return min(
        float(np.quantile(model[1:].score_samples(images), MOST_REFUSED))
        for kind, (images, labels) in made.items()
        if labels[0] != NO_DIGIT and kind != RIGHT_CUTS
    )


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


def train(
    recipe: str, folder: Path | None, *, quick: bool, n_held_out: int = 0
) -> tuple[Pipeline, dict[str, Any]]:
    """Train the pipeline; return it with the machine and the time."""
    rows = mnist_rows(n_held_out)[0]
    if quick:
        rows = rows[:N_QUICK]
    made_of = sources("train", rows, folder, held_out=False)
    made = make_images(made_of, TRAINING_SEED, n_jobs=1 if quick else 2)
    everything = join([Images(normalized(made_of.images), made_of.labels), *made.values()])
    n_no_digits = int((everything.labels == NO_DIGIT).sum())
    pipeline = untrained(recipe)
    if quick:
        set_everywhere(pipeline, epochs=1)
    start = time.perf_counter()
    # They are framed already.
    pipeline[1:].fit(everything.images, everything.labels)
    seconds = time.perf_counter() - start
    return pipeline, {
        "recipe": recipe,
        "changes": CHANGES if recipe == RECIPE else {},
        "seed": SEED,
        "n_train": len(rows),
        "n_digits": len(everything.labels) - n_no_digits - len(rows),
        "n_no_digits": n_no_digits,
        "outlier_threshold": THRESHOLD,
        "fit_seconds": round(seconds, 1),
        "machine": processor(),
        "versions": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }


def mnist_rows(n_held_out: int) -> tuple[np.ndarray, np.ndarray]:
    """Divide the rows of MNIST's training images into those to train on and those held out."""
    blocks = np.arange(60_000).reshape(-1, BLOCK)
    rows = blocks[np.random.default_rng(SEED).permutation(len(blocks))].ravel()
    return rows[n_held_out:], rows[:n_held_out]


def evaluate_held_out(recipe: str, folder: Path | None) -> None:
    """Train without some training images, and print how it does on images made from them."""
    model, _ = train(recipe, folder, quick=False, n_held_out=N_HELD_OUT)
    set_everywhere(model, verbose=0)
    made_of = sources("train", mnist_rows(N_HELD_OUT)[1], folder, held_out=True)
    made = {
        "MNIST": Images(normalized(made_of.images), made_of.labels),
        **make_images(made_of, EVALUATION_SEED),
    }
    threshold = suggest_threshold(model, made)
    set_everywhere(model, outlier_threshold=threshold)
    errors, refusals = score_made(model, made)
    print(json.dumps({"threshold": threshold, "errors": errors, "no digits": refusals}, indent=2))


def keep() -> tuple[Pipeline, dict[str, Any]]:
    """Put the included network after the normaliser; return it with the figures of its card."""
    steps = [step for _, step in load_pretrained(NAME).steps]
    if not isinstance(steps[0], MNISTNormalizer):
        steps.insert(0, MNISTNormalizer())
    card = (PRETRAINED / "data" / f"{NAME}.md").read_text("utf-8")
    stated = json.loads(re.search(r"```json\n(.*?)```", card, re.DOTALL)[1])
    evaluated = ("errors", "no digits", "n_parameters", "weights_dtype", "n_bytes", "name")
    return make_pipeline(*steps), {
        name: value for name, value in stated.items() if name not in evaluated
    }


def write(
    folder: Path,
    pipeline: Pipeline,
    training: dict[str, Any],
    *,
    fonts: Path | None,
    pictures: Path | None,
    n_rendered: int,
) -> None:
    """Write the Pipeline's file, score that, and write its card."""
    set_everywhere(pipeline, verbose=0)
    path = folder / f"{NAME}.skdigits"
    save_model(pipeline, path, weights_dtype=WEIGHTS_DTYPE)
    model = load_model(path)
    rows = np.random.default_rng(SEED).permutation(10_000)[: N_SOURCES_EACH * n_rendered]
    made_of = sources("test", rows, fonts, held_out=True)
    errors, refusals = score_made(model, make_images(made_of, EVALUATION_SEED, n_jobs=1))
    errors = score(model, picture_sets(n_rendered)) | errors
    if pictures is not None:
        real = score_pictures(path, pictures)
        errors, refusals = errors | real[0], refusals | real[1]
    figures = {
        "name": NAME,
        **training,
        "n_parameters": count_weights(model),
        "weights_dtype": WEIGHTS_DTYPE,
        "n_bytes": path.stat().st_size,
        "errors": errors,
        "no digits": refusals,
    }
    summary = describe_recipe(training["recipe"]).summary
    write_card(folder / f"{NAME}.md", model, figures, summary)
    print(json.dumps(figures, indent=2))


def main(arguments: list[str] | None = None) -> None:
    """Train, score and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", choices=recipe_names(), default=RECIPE)
    parser.add_argument("--fonts", metavar="FOLDER", type=Path, help="fonts of fetch_fonts.py")
    parser.add_argument("--pictures", metavar="FOLDER", type=Path, help="pictures to measure")
    parser.add_argument("--keep-weights", action="store_true", help="train nothing")
    parser.add_argument(
        "--held-out", action="store_true", help="hold out training images, and write nothing"
    )
    parser.add_argument("--n", type=int, default=N_RENDERED, help="rendered images of each kind")
    parser.add_argument(
        "--quick", metavar="FOLDER", type=Path, help="only check that everything runs"
    )
    options = parser.parse_args(arguments)
    quick = options.quick is not None
    if options.fonts is None and not quick:
        parser.error("--fonts is missing. Run fetch_fonts.py FOLDER, and pass that folder.")
    if options.held_out:
        evaluate_held_out(options.recipe, options.fonts)
        return
    trained = keep() if options.keep_weights else train(options.recipe, options.fonts, quick=quick)
    if quick:
        write(
            options.quick, *trained, fonts=options.fonts, pictures=options.pictures, n_rendered=5
        )
        return
    # The package has the old files until all new ones are there.
    with tempfile.TemporaryDirectory() as folder:
        write(
            Path(folder),
            *trained,
            fonts=options.fonts,
            pictures=options.pictures,
            n_rendered=options.n,
        )
        for path in Path(folder).iterdir():
            shutil.copy(path, PRETRAINED / "data")
    write_digest(
        PRETRAINED / "_pretrained.py", (PRETRAINED / "data" / f"{NAME}.skdigits").read_bytes()
    )


if __name__ == "__main__":
    main()
