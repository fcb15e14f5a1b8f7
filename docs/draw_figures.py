"""Draw the figures of README.md and of the landing page.

    python docs/draw_figures.py

reads pictures that are rendered from MNIST's training images, and draws the comparison of
``docs/results/compare_60000.csv``. It takes half a minute.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from skdigits import ComparisonDisplay, DigitPredictionsDisplay, load_pretrained, predict_digits

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "examples" / "benchmarks"))

from handwriting import numbers  # noqa: E402
from handwriting_pages import outlined, ruled_pages  # noqa: E402
from single_signs import letters  # noqa: E402
from touching_digits import touching  # noqa: E402

#: Of the photograph: two lines of digits on squared paper.
SEED = 10
#: What is hard to read: what draws it, its seed, and whether to look for several digits.
HARD = {
    "On ruled paper": (ruled_pages, 3, True),
    "Touching digits": (touching, 5, True),
    "Within outlines": (outlined, 6, True),
    "A letter": (letters, 4, False),
}
#: Colours of a figure: few bytes, and no visible difference.
COLOURS = 128


def main() -> None:
    """Draw all figures."""
    save(draw_photograph(), "photograph")
    save(draw_hard_pictures(), "hard_pictures")
    save(draw_comparison(), "comparison")


def draw_photograph() -> Figure:
    """Draw a photograph with its predictions, and what the network sees of each digit."""
    [photograph] = numbers(1, subset="train", seed=SEED).pictures
    predictions = predict_digits(load_pretrained(), photograph, segment=True)
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(6.5, 5), height_ratios=(4, 1), layout="constrained"
    )
    DigitPredictionsDisplay.from_predictions(photograph, predictions, ax=above)
    framed = [each.framed for each in predictions if each.left_out is None]
    below.imshow(np.hstack([np.pad(each, 1, constant_values=255) for each in framed]), cmap="gray")
    below.set_title("What the network sees", fontsize="medium")
    below.axis("off")
    return figure


def draw_hard_pictures() -> Figure:
    """Draw pictures that are harder to read, with what was read and what was left out."""
    model = load_pretrained()
    figure, axes = plt.subplots(2, 2, figsize=(9, 7), layout="constrained")
    for ax, (title, (draw, seed, segment)) in zip(axes.flat, HARD.items(), strict=True):
        [picture] = draw(1, subset="train", seed=seed).pictures
        DigitPredictionsDisplay.from_predictions(
            picture, predict_digits(model, picture, segment=segment), ax=ax
        )
        answer = ax.get_title()
        ax.set_title(f"{title}: {answer.splitlines()[0]}" if answer else title)
    return figure


def draw_comparison() -> Figure:
    """Draw two figures of a report side by side."""
    results = list(pd.read_csv(HERE / "results" / "compare_60000.csv").itertuples())
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1)
    for ax, kind in zip(axes, ("error", "predict_time"), strict=True):
        ComparisonDisplay(results).plot(kind, ax=ax)
    return figure


def save(figure: Figure, name: str) -> None:
    """Save a figure in few bytes."""
    path = HERE / "_static" / f"{name}.png"
    figure.savefig(path, dpi=110)
    plt.close(figure)
    Image.open(path).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    print(f"{path.relative_to(HERE)}: {path.stat().st_size / 1000:.0f} kB")  # noqa: T201


if __name__ == "__main__":
    main()
