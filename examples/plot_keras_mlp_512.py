"""
The gap between training and test accuracy
==========================================

This example reproduces a widely copied Chinese-language Keras walk-through: one hidden layer of
512 units, RMSprop, and a measurement of how much better the network does on the images that
it was trained on.

The walk-through trains 5 epochs on all 60,000 images and reports accuracies of 98.9%
on the training and 97.85% on the test images. To do the same, set ``N_TRAIN = None``.
This example holds out a tenth of the images for validation.
"""

# sphinx_gallery_thumbnail_number = -1
import matplotlib.pyplot as plt
from sklearn.preprocessing import LabelBinarizer

from skdigits import DigitGridDisplay, LearningCurveDisplay, load_mnist, make_recipe

N_TRAIN = 10_000
EPOCHS = 5

# %%
# The data
# --------
train = load_mnist(subset="train", n_samples=N_TRAIN, random_state=0)
test = load_mnist(subset="test")
print("training images", train.images.shape, "flat", train.data.shape)
print("training labels", train.target[:10], "...")
print("test images    ", test.images.shape, "flat", test.data.shape)
print("test labels    ", test.target[:10], "...")

# %%
# The scaler returns float32 pixels in [0, 1]. The classifier one-hot encodes the labels:
pipeline = make_recipe("keras-mlp-512", random_state=0, verbose=2)
scaled = pipeline[0].fit_transform(train.data)
print(f"pixels in [{scaled.min()}, {scaled.max()}], {scaled.dtype}, {scaled.shape}")
print("label", test.target[0], "one-hot", LabelBinarizer().fit_transform(test.target)[0])

# %%
# Training
# --------
pipeline[-1].set_params(epochs=EPOCHS, validation_fraction=0.1)
pipeline.fit(train.data, train.target)
LearningCurveDisplay.from_estimator(pipeline)
plt.show()

# %%
# The gap
# -------
# The network does better on the images that it was trained on: it overfits a little.
# Set ``dropout`` or ``early_stopping`` to reduce that.
train_accuracy = pipeline.score(train.data, train.target)
test_accuracy = pipeline.score(test.data, test.target)
print(f"training accuracy {train_accuracy:.2%}")
print(f"test accuracy     {test_accuracy:.2%}")
print(f"gap               {train_accuracy - test_accuracy:.2%}")

# %%
# Some of the test images that the network gets wrong.
wrong = (pipeline.predict(test.data) != test.target).nonzero()[0]
DigitGridDisplay.from_estimator(pipeline, test.data, test.target, indices=wrong[:10], n_columns=5)
plt.show()
