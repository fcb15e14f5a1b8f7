"""
A small network, saved and loaded
=================================

This example reproduces `Level Up Coding's tutorial <https://levelup.gitconnected.com>`_, after
`Victor Zhou's <https://victorzhou.com/blog/keras-neural-network-tutorial/>`_: pixels
in [-0.5, 0.5], two hidden layers of 64 units, weights saved to a file and loaded again,
and predictions for the first five test images.

The tutorial trains 5 epochs on all 60,000 images and reports an accuracy of 96.33%.
To do the same, set ``N_TRAIN = None``. This example holds out a tenth of the images for
validation.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.preprocessing import LabelBinarizer

from skdigits import DigitGridDisplay, LearningCurveDisplay, load_mnist, make_recipe

N_TRAIN = 10_000
EPOCHS = 5

# %%
# The data
# --------
# ``data`` holds one flat row of 784 pixels for each image.
X, y = load_mnist(subset="train", n_samples=N_TRAIN, return_X_y=True, random_state=0)
X_test, y_test = load_mnist(subset="test", return_X_y=True)
print("training", X.shape, y.shape, " test", X_test.shape, y_test.shape)

# %%
# The recipe's first step maps the pixels to [-0.5, 0.5].
pipeline = make_recipe("levelup-mlp", random_state=0, verbose=2)
scaled = pipeline[0].fit_transform(X)
print(f"pixels in [{scaled.min()}, {scaled.max()}]")

# %%
# The tutorial one-hot encodes the labels for the categorical cross-entropy. Here the
# classifier takes the digits as they are and encodes them itself, like this:
print("the first three labels", y[:3])
print(LabelBinarizer().fit(y).transform(y[:3]))

# %%
# Training
# --------
pipeline[-1].set_params(epochs=EPOCHS, validation_fraction=0.1)
pipeline.fit(X, y)
LearningCurveDisplay.from_estimator(pipeline)
plt.show()

# %%
# Loss and accuracy on the test images.
print(f"test loss     {log_loss(y_test, pipeline.predict_proba(X_test)):.3f}")
print(f"test accuracy {pipeline.score(X_test, y_test):.2%}")

# %%
# Save and load the weights
# -------------------------
# ``model_`` is the Keras network, so you can use every Keras method. Here a second
# classifier with the same layers, trained on a few images, loads the weights.
other = clone(pipeline)
other[-1].set_params(epochs=1, verbose=0)
other.fit(X[:100], y[:100])
with tempfile.TemporaryDirectory() as folder:
    weights = Path(folder, "levelup.weights.h5")
    pipeline[-1].model_.save_weights(weights)
    other[-1].model_.load_weights(weights)
print("equal predictions:", np.array_equal(other.predict(X_test), pipeline.predict(X_test)))

# %%
# To save the whole pipeline with its scaling, use joblib:
# :ref:`sphx_glr_auto_examples_plot_save_and_load.py`.
#
# The first five test images
# --------------------------
print("predicted", other.predict(X_test[:5]))
print("true     ", y_test[:5])
DigitGridDisplay.from_estimator(other, X_test, y_test, n_samples=5, n_columns=5)
plt.show()
