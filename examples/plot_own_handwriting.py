"""
Read a photograph of your own digits
====================================

A network trained on MNIST knows bright ink on a black background, in the middle
of 28 x 28 pixels. A photograph looks nothing like that. ``segment_digits`` finds its digits,
and ``MNISTNormalizer``, the first step of the pipeline, brings each into MNIST's format.

Set ``N_TRAIN = None`` and ``EPOCHS = 10`` to train as the recipe does. Use ``read_image`` to
read your own photograph from a file.
"""

# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle
from PIL import Image
from scipy import ndimage
from sklearn.pipeline import make_pipeline

from skdigits import MNISTNormalizer, load_mnist, make_recipe, segment_digits

N_TRAIN = 6_000
EPOCHS = 3

# %%
# A photograph
# ------------
# So that the example needs no file, it renders a photograph: two lines of MNIST's test images in
# blue ink on paper, lit from the left, with the noise of a camera.
rng = np.random.RandomState(0)
test = load_mnist(subset="test")
ink = np.zeros((460, 760))
written = ""
for row in range(10):
    top, left = 50 + 190 * (row // 5) + rng.randint(-8, 8), 60 + 130 * (row % 5)
    large = ndimage.zoom(test.images[row] / 255, 5, order=1)
    ink[top : top + 140, left : left + 140] = np.maximum(
        ink[top : top + 140, left : left + 140], large > 0.4
    )
    written += str(test.target[row])
ink = ndimage.gaussian_filter(ink, 1.0)[..., np.newaxis]
paper, pen = np.array([245, 238, 220]), np.array([40, 50, 130])
light = np.linspace(1, 0.55, ink.shape[1])[:, np.newaxis]
photograph = (paper * (1 - ink) + pen * ink) * light + rng.normal(
    scale=4, size=(*ink.shape[:2], 3)
)
photograph = np.clip(photograph, 0, 255).astype(np.uint8)

# %%
# Find its digits
# ---------------
digits = segment_digits(photograph)
_, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
axes.imshow(photograph)
for digit in digits:
    top, left, bottom, right = digit.box
    axes.add_patch(
        Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor="tab:red")
    )
axes.set_title(f"{len(digits)} digits in {digits[-1].line + 1} lines")
axes.axis("off")
plt.show()

# %%
# What the network sees
# ---------------------
# Above, each digit is cut out, converted to grey, resized to 28 x 28 and inverted, as in
# many tutorials. Below is the output of ``MNISTNormalizer``.
cut = [photograph[top:bottom, left:right] for top, left, bottom, right in (d.box for d in digits)]
resized = [255 - np.asarray(Image.fromarray(each).convert("L").resize((28, 28))) for each in cut]
normalized = MNISTNormalizer().fit_transform([digit.picture for digit in digits])

_, axes = plt.subplots(2, len(digits), figsize=(9, 2), layout="constrained")
for column, pictures in enumerate(zip(resized, normalized, strict=True)):
    for row, picture in enumerate(pictures):
        axes[row, column].imshow(picture, cmap="gray", vmin=0, vmax=255)
        axes[row, column].axis("off")
plt.show()

# %%
# Read the digits
# ---------------
# Put the normaliser into the pipeline. It hardly changes MNIST's own images.
train = load_mnist(subset="train", n_samples=N_TRAIN, random_state=0)
network = make_recipe("askpython-cnn", random_state=0)
network[-1].set_params(epochs=EPOCHS)
pipeline = make_pipeline(MNISTNormalizer(), *(step for _, step in network.steps))
pipeline.fit(train.images, train.target)

read = pipeline.predict([digit.picture for digit in digits])
print("written        ", written)
print("read           ", "".join(map(str, read)))
print("without framing", "".join(map(str, pipeline[1:].predict(np.stack(resized)))))
