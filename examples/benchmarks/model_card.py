"""The model card of the included network: what it is for, and its errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from measure_pictures import measure_others, measure_sets, measure_singles
from picture_folder import PictureFolder
from picture_readers import Skdigits
from picture_scores import ALL_KINDS
from picture_sets import CLEAN, DIGITS, PictureSet, is_wrong, normalized, share
from sklearn.pipeline import Pipeline
from training_images import NO_DIGIT, Images

CARD = """\
# The trained pipeline `{name}`

`skdigits.load_pretrained("{name}")` returns it: {steps}.

## What it is for

It predicts which of the digits 0 to 9 an image of one digit shows, handwritten or printed, and
whether it shows a digit at all: in demonstrations and lessons, as a starting point, and as a model
to compare others with.

## What it is not for

- Images of several digits: `skdigits.images.segment_digits` separates them, and `predict_digits`
  with `segment=True` reads them.
- Digits that are cut off, lie on their side, or are written in two colours.
- Telling digits from letters without doubt. Most letters, signs and drawings have a score below
  the threshold, and are said to be no digit; the table shows how many. What looks like a digit in
  somebody's hand is taken for one: O, l, S, a circle, an upright line.
- Digits of other scripts than 0 to 9.
- Decisions about people, money or grades without a person who checks the image.

## Training

- Data: {n_train:,} training images of MNIST (LeCun, Cortes and Burges, CC BY-SA 3.0),
  {n_digits:,} digits made from them, from curves and from fonts, and {n_no_digits:,} images of
  what is no digit. `fonts.json` in `examples/benchmarks` lists the fonts and their free licences;
  the fonts themselves are not included. No choice was made on the test images.
- Recipe: `{recipe}`{changes}.
  {summary}.
- Seed: {seed}. Weights: {n_parameters:,}, stored in {weights_dtype}.
- An image with `score_samples` below {outlier_threshold} is no digit. On held-out training images
  and fonts this refuses at most 1% of the digits of each made-up set, except pieces cut out of
  touching digits ("right cuts").
- {fit_seconds:.0f} s on {machine}.
- {versions}.

## Errors

| images | number | error | 95% interval | taken for no digit | not read right |
|---|---|---|---|---|---|
{errors}

| images of no digit | number | recognised as no digit | 95% interval |
|---|---|---|---|
{refusals}

Each set but the real ones was evaluated once, through the whole pipeline. The intervals are
Wilson's. An error is a wrong label, whether or not the image is taken for no digit. Images that
have an error or are taken for no digit are not read right.
`examples/benchmarks/handwriting.py` renders the images from MNIST's test images, and
`training_images.py` makes others from test images and from fonts that were held out, with the
seeds in `picture_sets.py` and `train_pretrained.py`. Rows that begin with "real" are sets and
files that other people made, which `measure_pictures.py` describes. Nothing was trained on them;
"What was looked at" in `docs/own_handwriting.rst` says how they were used. A blank image counts
as an error, or as recognised as no digit.

`python examples/benchmarks/train_pretrained.py --fonts FOLDER` trains it again and writes
this file.

## Figures

```json
{figures}
```
"""


def score(model: Pipeline, sets: dict[str, PictureSet]) -> dict[str, dict[str, Any]]:
    """Count the errors on each set; a picture that is taken for blank is one."""
    errors = {}
    for kind, each in sets.items():
        framed = normalized(each.pictures)
        errors[kind] = count_errors(model, framed, each.labels)
    return errors


def score_made(
    model: Pipeline, made: dict[str, Images]
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Count the errors on made-up digits, and the made-up no digits that are recognised."""
    errors, refusals = {}, {}
    for kind, (images, labels) in made.items():
        if not len(labels):
            continue
        if labels[0] == NO_DIGIT:
            found = share(is_refused(model, images).sum(), len(labels))
            refusals[kind] = {
                "n": len(labels),
                "refused": found["error"],
                "interval": found["interval"],
            }
        else:
            errors[f"made up: {kind}"] = count_errors(model, images, labels)
    return errors, refusals


def count_errors(model: Pipeline, framed: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Count the framed images that get a wrong label, and those that are taken for no digit."""
    wrong, refused = is_wrong(model[1:], framed, labels), is_refused(model, framed)
    return {
        "n": len(labels),
        **share(wrong.sum(), len(labels)),
        "refused": round(float(refused.mean()), 6),
        "not read right": round(float((wrong | refused).mean()), 6),
    }


def score_pictures(
    path: Path, folder: Path
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Count the errors of a model file on pictures of other people, and what it recognises."""
    reader, pictures = Skdigits(path), PictureFolder(folder, [])
    sets = measure_sets(reader, pictures)
    singles = measure_singles(reader, pictures)
    digits = {name: each for name, each in sets.items() if name not in (CLEAN, DIGITS)}
    others = measure_others(reader, pictures)
    digits["files with one digit"] = singles["singles"].get(ALL_KINDS)
    others["files without a digit"] = singles["other singles"].get(ALL_KINDS)
    errors = {
        f"real: {name}": {
            "n": each["n"],
            **share(each["wrong"], each["n"]),
            "refused": round(each["refused"] / each["n"], 6),
            "not read right": round(each["not read right"] / each["n"], 6),
        }
        for name, each in digits.items()
        if each
    }
    refusals = {}
    for name, each in others.items():
        if each:
            found = share(each["refused"] + each["blank"], each["n"])
            refusals[f"real: {name}"] = {
                "n": each["n"],
                "refused": found["error"],
                "interval": found["interval"],
            }
    return errors, refusals


def is_refused(model: Pipeline, framed: np.ndarray) -> np.ndarray:
    """Say which framed images are no digits for the model."""
    return model[1:].score_samples(framed) < model[-1].outlier_threshold


def write_card(path: Path, model: Pipeline, figures: dict[str, Any], summary: str) -> None:
    """Write the model card."""
    errors = [
        f"| {kind} | {found['n']:,} | {found['error']:.2%} | "
        f"{found['interval'][0]:.2%} to {found['interval'][1]:.2%} | {found['refused']:.2%} | "
        f"{found['not read right']:.2%} |"
        for kind, found in figures["errors"].items()
    ]
    refusals = [
        f"| {kind} | {found['n']:,} | {found['refused']:.1%} | "
        f"{found['interval'][0]:.1%} to {found['interval'][1]:.1%} |"
        for kind, found in figures["no digits"].items()
    ]
    changes = ", ".join(f"`{name}={value}`" for name, value in figures["changes"].items())
    texts = {
        "steps": ", then ".join(f"`{type(step).__name__}`" for _, step in model.steps),
        "summary": summary,
        "changes": f" with {changes}" if changes else "",
        "errors": "\n".join(errors),
        "refusals": "\n".join(refusals),
    }
    text = CARD.format(**{**figures, **texts, "figures": json.dumps(figures, indent=2)})
    path.write_text(text, encoding="utf-8")
