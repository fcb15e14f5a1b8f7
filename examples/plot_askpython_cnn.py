"""
A first convolutional network
=============================

This example reproduces AskPython's `Handwritten Digit Recognition
<https://www.askpython.com/python/examples/handwritten-digit-recognition>`_: plot
the images, scale them, train a small convolutional network, and predict four test images.

The tutorial trains 10 epochs on all 60,000 images and reports an accuracy of 98.4%.
To do the same, set ``N_TRAIN = None`` and ``EPOCHS = 10``. This example holds out a tenth of the
images for validation.
"""

# sphinx_gallery_thumbnail_number = -1
import matplotlib.pyplot as plt

from skdigits import DigitGridDisplay, LearningCurveDisplay, load_mnist, make_recipe

N_TRAIN = 6_000
EPOCHS = 3

# %%
# The data
# --------
# MNIST is included in the package, split into training and test images as published.
train = load_mnist(subset="train", n_samples=N_TRAIN, random_state=0)
test = load_mnist(subset="test")
print("training images", train.images.shape, train.images.dtype, "labels", train.target.shape)
print("test images    ", test.images.shape, test.images.dtype, "labels", test.target.shape)

DigitGridDisplay.from_arrays(test.images, test.target, n_samples=5, n_columns=5)
plt.show()

# %%
# Scaling
# -------
# The recipe is a scikit-learn ``Pipeline``. Its first step converts the bytes to float32
# in [0, 1], so you need not divide by 255 yourself.
pipeline = make_recipe("askpython-cnn", random_state=0, verbose=2)
scaled = pipeline[0].fit_transform(train.data)
print(f"pixels in [{scaled.min()}, {scaled.max()}], {scaled.dtype}")
print(pipeline)

# %%
# Training
# --------
# With ``verbose=2`` each epoch prints one line. A tenth of the training images is held
# out, to measure the loss and the accuracy on images that the network does not train on.
pipeline[-1].set_params(epochs=EPOCHS, validation_fraction=0.1)
pipeline.fit(train.data, train.target)
pipeline[-1].model_.summary()

# %%
LearningCurveDisplay.from_estimator(pipeline)
plt.show()

# %%
# Result
# ------
# The test images have not been used so far.
print(f"test accuracy {pipeline.score(test.data, test.target):.2%}")

# %%
# The four images that the tutorial predicts, each with its predicted digit as the title.
DigitGridDisplay.from_estimator(pipeline, test.data, indices=[2853, 2000, 1500, 1345])
plt.show()
