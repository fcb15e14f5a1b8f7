"""
Predict sets of digits with MAPIE
=================================

A classifier always answers with one digit, even if the image could show two. A prediction set
contains all digits that are possible, and it contains the true digit with a probability that
you choose. `MAPIE <https://mapie.readthedocs.io>`_ computes such sets for any scikit-learn
classifier. It needs images that the classifier has not been trained on, to measure how
often the true digit gets a low probability. Install it with ``pip install mapie``.
"""

import matplotlib.pyplot as plt
import numpy as np
from mapie.classification import SplitConformalClassifier
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, KerasCNNClassifier, load_mnist

N_TRAIN = 5_000
EPOCHS = 3
N_CONFORMALIZE = 1_000

# %%
# Train a network, and keep images for MAPIE
# ------------------------------------------
n_samples = N_TRAIN and N_TRAIN + N_CONFORMALIZE
X, y = load_mnist(subset="train", n_samples=n_samples, return_X_y=True, random_state=0)
order = np.random.RandomState(0).permutation(len(y))
conformalize, train = order[:N_CONFORMALIZE], order[N_CONFORMALIZE:]

model = make_pipeline(ImageScaler(), KerasCNNClassifier(epochs=EPOCHS, random_state=0))
model.fit(X[train], y[train])

# %%
# Predict sets
# ------------
# In the long run, 99 of 100 sets contain the true digit.
conformal = SplitConformalClassifier(model, confidence_level=0.99, prefit=True)
conformal.conformalize(X[conformalize], y[conformalize])

X_test, y_test = load_mnist(subset="test", return_X_y=True)
predicted, sets = conformal.predict_set(X_test)
sets = sets[:, :, 0]  # of the only confidence level
print(f"correct predictions: {np.mean(predicted == y_test):.1%}")
print(f"sets with the true digit: {sets[np.arange(len(y_test)), y_test].mean():.1%}")

# %%
# Most sets contain one digit. Larger sets show which images need a second look.
sizes = sets.sum(axis=1)
fig, ax = plt.subplots()
ax.bar(*np.unique(sizes, return_counts=True))
ax.set(xlabel="Digits in the set", ylabel="Test images")
plt.show()

# %%
# Some of the images with two or three digits in their sets.
fig, axes = plt.subplots(2, 5, figsize=(9, 4.4), layout="constrained")
unsure = np.flatnonzero((sizes == 2) | (sizes == 3))
for ax in axes.flat:
    ax.set_axis_off()
for ax, index in zip(axes.flat, unsure, strict=False):
    ax.imshow(X_test[index].reshape(28, 28), cmap="gray_r")
    digits = " or ".join(map(str, np.flatnonzero(sets[index])))
    ax.set_title(f"{digits}\ntrue: {y_test[index]}")
plt.show()
