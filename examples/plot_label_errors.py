"""
Find label errors with cleanlab
===============================

Labels can be wrong, and a network that learns from wrong labels also repeats them.
`cleanlab <https://docs.cleanlab.ai>`_ finds labels that are probably wrong. It needs only
the labels and the probabilities of a model that has not been trained on the images, which is
what cross-validation gives. Install it with ``pip install cleanlab``.
"""

import matplotlib.pyplot as plt
import numpy as np
from cleanlab.filter import find_label_issues
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from skdigits import DigitGridDisplay, ImageScaler, KerasCNNClassifier, load_mnist

N_TRAIN = 6_000
EPOCHS = 4

# %%
# Plant some wrong labels
# -----------------------
# We replace 1% of the labels at random, so that we know some labels that are wrong.
X, y = load_mnist(subset="train", n_samples=N_TRAIN, return_X_y=True, random_state=0)
random = np.random.RandomState(0)
planted = random.choice(len(y), len(y) // 100, replace=False)
labels = y.copy()
labels[planted] = (y[planted] + random.randint(1, 10, len(planted))) % 10

# %%
# Predict each image without its label
# ------------------------------------
# Each image is predicted by a network that was trained on the other folds.
model = make_pipeline(ImageScaler(), KerasCNNClassifier(epochs=EPOCHS, random_state=0))
folds = StratifiedKFold(3, shuffle=True, random_state=0)
probabilities = cross_val_predict(model, X, labels, cv=folds, method="predict_proba")

# %%
# Find the labels that the networks contradict
# --------------------------------------------
# The images come ordered: the least probable label first.
issues = find_label_issues(
    labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1
)
is_planted = np.isin(issues, planted)
print(f"planted: {len(planted)}, found: {len(issues)}, planted among them: {is_planted.sum()}")

# %%
# Some of the planted labels that were found. The first number is the prediction; the second,
# after "true", is the label in the data.
predicted = probabilities.argmax(axis=1)
DigitGridDisplay.from_arrays(X, labels, predicted, indices=issues[is_planted][:10])
plt.show()

# %%
# The other images that were found have the labels of MNIST. Some of these labels may be wrong.
# Most are digits that are hard to read, for which it is worth looking at the image before
# you trust the label.
DigitGridDisplay.from_arrays(X, labels, predicted, indices=issues[~is_planted][:10])
plt.show()
