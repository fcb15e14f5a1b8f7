"""
Cross-validate a pipeline
=========================

A single split into training and validation images does not show how much the result
depends on the split. Cross-validation does. A Keras classifier is cross-validated
like any other: the folds are stratified, and each fold trains a new network.
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
# The accuracy counts correct predictions. The log loss also measures the probabilities.
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
# The wrong predictions, with the predicted and the true digit above each.
DigitGridDisplay.from_arrays(X, y, predicted, indices=(predicted != y).nonzero()[0][:15])
plt.show()
