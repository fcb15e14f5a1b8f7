"""
Plot what a prediction depends on
=================================

Why does a network take this for a 4, and not for a 9?
:class:`~skdigits.inspection.OcclusionDisplay` covers one small part of the image after the other
and measures how much the decision for a label falls.
:class:`~skdigits.inspection.FiltersDisplay` plots the weights of the first layer. Both work with
networks and with other classifiers of scikit-learn.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline

from skdigits import (
    FiltersDisplay,
    ImageScaler,
    KerasMLPClassifier,
    OcclusionDisplay,
    load_mnist,
    load_pretrained,
    occlusion_map,
)

N_TRAIN = 5_000
EPOCHS = 5

model = load_pretrained()
test = load_mnist(subset="test")

# %%
# What supports a label
# ---------------------
# Ink in red supports the predicted label: without it, another label would become more probable.
# Ink in blue speaks against it. Grey ink makes little difference.
OcclusionDisplay.from_estimator(model, test.images, n_samples=10, n_columns=5)
plt.show()

# %%
# Why not another label?
# ----------------------
# Any label can be explained. The first image is a 4. What speaks against a 9, and what against a
# 1? The second one is a 9, and its closed top speaks against a 4.
four, nine = 4, 9
images = test.images[[four, four, four, nine, nine]]
OcclusionDisplay.from_estimator(model, images, [4, 9, 1, 9, 4], n_columns=5)
plt.show()

# %%
# Where the network is wrong
# --------------------------
# The mistakes among the first 3,000 test images, explained for the predicted labels.
predicted = model.predict(test.images[:3000])
mistakes = np.flatnonzero(predicted != test.target[:3000])[:5]
titles = [f"{predicted[i]}, true {test.target[i]}" for i in mistakes]
OcclusionDisplay.from_estimator(model, test.images, indices=mistakes, n_columns=5, titles=titles)
plt.show()

# %%
# Is the explanation right?
# -------------------------
# If the important pixels matter, removing them changes the label sooner than removing pixels in
# random order.


def n_removed(image, label, order):
    """Count how many pixels are removed, in this order, until the label changes."""
    copies = np.repeat(image.reshape(1, -1), len(order), axis=0)
    for number, pixel in enumerate(order):
        copies[number:, pixel] = 0
    scores = model[1:].decision_function(copies.reshape(-1, 28, 28))
    changed = model.classes_[scores.argmax(axis=1)] != label
    return changed.argmax() + 1 if changed.any() else len(order)


rng = np.random.RandomState(0)
shares = {"by importance": [], "in random order": []}
for image in model[0].transform(test.images[:20]):
    label = model[1:].predict(image[np.newaxis])[0]
    importances = occlusion_map(model, image, framed=True)
    ink = np.flatnonzero(image)
    orders = ink[np.argsort(-importances.ravel()[ink])], rng.permutation(ink)
    for found, order in zip(shares.values(), orders, strict=True):
        found.append(n_removed(image, label, order) / len(ink))
for name, found in shares.items():
    print(f"{name}: the label changes when {np.mean(found):.0%} of the ink is removed")

# %%
# Other classifiers
# -----------------
# A random forest has no layers and no gradients, but the same question can be asked.
X, y = load_mnist(subset="train", n_samples=N_TRAIN, return_X_y=True, random_state=0)
forest = RandomForestClassifier(random_state=0).fit(X, y)
OcclusionDisplay.from_estimator(forest, test.data, n_samples=5, n_columns=5)
plt.show()

# %%
# The filters of the first layer
# ------------------------------
# The convolution looks for edges, lines and dots in several directions. Red weights add to its
# output where there is ink, blue ones subtract from it.
FiltersDisplay.from_estimator(model)
plt.show()

# %%
# The units of a dense layer have a weight for each pixel.
network = KerasMLPClassifier(
    hidden_layer_sizes=(24,), weight_decay=1e-3, epochs=EPOCHS, random_state=0
)
FiltersDisplay.from_estimator(make_pipeline(ImageScaler(), network).fit(X, y), n_columns=8)
plt.show()
