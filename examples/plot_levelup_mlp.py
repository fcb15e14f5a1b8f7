"""
A small network, saved and loaded
=================================

All that `Level Up Coding's tutorial <https://levelup.gitconnected.com>`_ does, after
`Victor Zhou's <https://victorzhou.com/blog/keras-neural-network-tutorial/>`_: pixels
in [-0.5, 0.5], two hidden layers of 64 units, weights written to a file and read back,
and the first five test images.

The tutorial trains 5 epochs on all 60,000 images and reports an accuracy of 96.33 %.
For that, set ``N_TRAIN = None``; a tenth of the images is held back for validation here.
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
# The tutorial encodes the labels one-hot for the categorical cross-entropy. Here the
# classifier does so itself and takes the digits as they are. This is what it encodes:
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
# ``model_`` is the Keras network, so all that Keras can do with it works. Here a second
# classifier of the same shape, trained on a handful of images, takes the weights over.
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
