"""
From a perceptron to a deeper convolutional network
===================================================

This example reproduces Machine Learning Mastery's `Handwritten Digit Recognition Using
Convolutional Neural Networks
<https://machinelearningmastery.com/handwritten-digit-recognition-using-convolutional-neural-networks-python-keras/>`_:
it plots four images, then trains a multilayer perceptron, a convolutional network
and a larger one.

The tutorial trains 10 epochs on all 60,000 images and reports errors of 1.91%, 1.03%
and 0.82%. To do the same, set ``N_TRAIN = None`` and ``EPOCHS = 10``. This example holds out a
tenth of the images for validation.
"""

import matplotlib.pyplot as plt

from skdigits import DigitGridDisplay, LearningCurveDisplay, load_mnist, make_recipe

N_TRAIN = 10_000
EPOCHS = 5

# %%
# The data
# --------
# The first four training images.
mnist = load_mnist(subset="train")
DigitGridDisplay.from_arrays(mnist.images, mnist.target, n_samples=4, n_columns=2)
plt.show()

# %%
X, y = load_mnist(subset="train", n_samples=N_TRAIN, return_X_y=True, random_state=0)
X_test, y_test = load_mnist(subset="test", return_X_y=True)
print("training", X.shape, y.shape, " test", X_test.shape, y_test.shape)

# %%
# Training
# --------
# The seed is the tutorial's. With the same number of threads on the same machine the
# script prints the same results each time. The tutorial validates on the test images.
# Here a tenth of the training images is held out, so that the test images are used once.
networks = {}
for name in ("mlm-mlp", "mlm-cnn", "mlm-cnn-large"):
    print(name)
    pipeline = make_recipe(name, random_state=7, verbose=2)
    pipeline[-1].set_params(epochs=EPOCHS, validation_fraction=0.1)
    networks[name] = pipeline.fit(X, y)

# %%
# The layers of the largest network. Dropout, pooling and flattening have no weights.
networks["mlm-cnn-large"][-1].model_.summary()

# %%
LearningCurveDisplay.from_estimator(networks["mlm-cnn-large"])
plt.show()

# %%
# Result
# ------
# The error is the fraction of the 10,000 test images that a network gets wrong. The
# convolutional networks are much better than the perceptron. The larger one beats the
# smaller one only with more images and epochs. :doc:`/recipes` has the errors with all images.
for name, pipeline in networks.items():
    print(f"{name:14} error {1 - pipeline.score(X_test, y_test):.2%}")
