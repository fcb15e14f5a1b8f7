"""
Cross-validate a pipeline
=========================

A single split into training and validation images says little about how far the result
depends on the split. Cross-validation says how far. A Keras classifier goes through it
like any other: the folds are stratified, and each fold trains a network of its own.
"""

import matplotlib.pyplot as plt
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import StratifiedKFold, cross_val_predict, cross_validate
from sklearn.pipeline import make_pipeline

from skdigits import DigitGridDisplay, ImageScaler, KerasMLPClassifier, load_mnist

N_TRAIN = 3_000
EPOCHS = 5

# %%
X, y = load_mnist(subset="train", n_samples=N_TRAIN, return_X_y=True, random_state=0)
model = make_pipeline(
    ImageScaler(),
    KerasMLPClassifier(hidden_layer_sizes=(128,), epochs=EPOCHS, random_state=0),
)

# %%
# Scores of each fold
# -------------------
# An accuracy counts hits. The log loss also asks whether the probabilities are right.
folds = StratifiedKFold(3, shuffle=True, random_state=0)
scores = cross_validate(model, X, y, cv=folds, scoring=["accuracy", "neg_log_loss"])
for name in ("test_accuracy", "test_neg_log_loss", "fit_time"):
    print(f"{name:18} {scores[name].mean():.3f} ± {scores[name].std():.3f}")

# %%
# A prediction for every image
# ----------------------------
# Each image is predicted by the network that did not train on it.
predicted = cross_val_predict(model, X, y, cv=folds)
ConfusionMatrixDisplay.from_predictions(y, predicted, cmap="Blues", colorbar=False)
plt.show()

# %%
# Those that went wrong, the predicted digit above the true one.
DigitGridDisplay.from_arrays(X, y, predicted, indices=(predicted != y).nonzero()[0][:15])
plt.show()
