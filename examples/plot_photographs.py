"""
Plot the predictions for a photograph
=====================================

A network trained on MNIST has only seen bright digits in the middle of 28 x 28 black
pixels. Here it reads a photograph: dark ink on grey paper, in uneven light, with several digits
on two lines. :class:`~skdigits.preprocessing.MNISTNormalizer` brings each digit into the format
that the network knows, and the displays plot the steps and the predictions.

The network trains on a sample, so that the example takes seconds. To use all 60,000 images, set
``N_TRAIN = None``, or use :func:`~skdigits.pretrained.load_pretrained`.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy import ndimage
from sklearn.pipeline import make_pipeline

from skdigits import (
    DigitPredictionsDisplay,
    ImageScaler,
    KerasCNNClassifier,
    MisclassifiedDisplay,
    MNISTNormalizer,
    NormalizationDisplay,
    load_mnist,
    predict_digits,
    segment_digits,
)

N_TRAIN = 10_000
EPOCHS = 3

# %%
# A pipeline for images of any size
# ---------------------------------
# The normaliser is a step like any other. It is saved with the network, so that training
# and prediction use the same images. It hardly changes MNIST's own images.
X, y = load_mnist(subset="train", n_samples=N_TRAIN, return_X_y=True, random_state=0)
model = make_pipeline(
    MNISTNormalizer(), ImageScaler(), KerasCNNClassifier(epochs=EPOCHS, random_state=0)
)
model.fit(X, y)

# %%
# A photograph
# ------------
# ``read_image("page.jpg")`` reads one from a file. This one is rendered from MNIST's test
# images: strokes of ink on paper, lit from the left, with the noise of a camera.
test = load_mnist(subset="test")
ROWS = [[1, 7, 0, 4], [3, 2, 18]]


def write(rows, *, size):
    """Write test images in rows, as ink from 0 to 1."""
    ink = np.zeros((size * (1 + len(rows) * 3 // 2), size * 6))
    for line, row in enumerate(rows):
        for place, number in enumerate(row):
            digit = ndimage.zoom(test.images[number] / 255, size / 28, order=1)
            top, left = size * (1 + 3 * line) // 2, size * (2 + 5 * place) // 4
            ink[top : top + size, left : left + size] += digit
    return ink


def photograph(ink, *, rng):
    """Put ink on paper in uneven light, and add noise."""
    paper, blue = np.array([0.93, 0.91, 0.85]), np.array([0.15, 0.2, 0.5])
    light = np.linspace(0.95, 0.5, ink.shape[1])[:, np.newaxis]
    scene = (paper + (blue - paper) * ink[..., np.newaxis]) * light
    seen = scene + rng.normal(scale=0.015, size=scene.shape)
    return (np.clip(seen, 0, 1) * 255).astype(np.uint8)


rng = np.random.RandomState(0)
page = photograph(write(ROWS, size=120), rng=rng)
predictions = predict_digits(model, page, segment=True)
DigitPredictionsDisplay.from_predictions(page, predictions)
plt.show()

# %%
# The numbers, line by line, without what is no digit; and the digit with the lowest probability.
digits = [each for each in predictions if each.left_out is None]
for line in sorted({digit.line for digit in digits}):
    print("".join(str(digit.label) for digit in digits if digit.line == line))
least_sure = min(digits, key=lambda digit: digit.probability)
print(
    f"least sure: {least_sure.label} ({least_sure.probability:.1%}), "
    f"otherwise {least_sure.runner_up} ({least_sure.runner_up_probability:.1%})"
)

# %%
# What the network sees
# ---------------------
# The steps of the normaliser for one digit that is cut out of the photograph. The background
# becomes exactly 0 in any light, the bounding box of the ink is fitted into 20 x 20
# pixels, and its centre of mass, marked by the cross, is moved to the middle.
top, left, bottom, right = segment_digits(page)[0].box
NormalizationDisplay.from_estimator(model, page[top - 30 : bottom + 30, left - 30 : right + 30])
plt.show()

# %%
# What it gets wrong
# ------------------
# The mistakes on MNIST's test images, those with the highest probability first.
MisclassifiedDisplay.from_estimator(model, test.data, test.target, n_images=10)
plt.show()
