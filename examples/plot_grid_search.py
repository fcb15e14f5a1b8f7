"""
Tune a network and compare it with a baseline
=============================================

A network is worth its cost if it is better than a classic classifier that was
tuned with equal care. Here ``GridSearchCV`` tunes both on the same folds.
The command ``skdigits compare`` does this for many models: :doc:`/compare`.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, KerasCNNClassifier, baseline_grid, load_mnist, make_baseline

N_TRAIN = 1_500
EPOCHS = 6

# %%
X, y = load_mnist(subset="train", n_samples=N_TRAIN, return_X_y=True, random_state=0)
X_test, y_test = load_mnist(subset="test", return_X_y=True)
folds = StratifiedKFold(3, shuffle=True, random_state=0)

# %%
# The network
# -----------
# Name the parameters of the network and of its training to search them.
network = make_pipeline(
    ImageScaler(),
    KerasCNNClassifier(filters=(16, 32), batch_size=64, epochs=EPOCHS, random_state=0),
)
network_grid = {
    "kerascnnclassifier__dropout": [0.0, 0.4],
    "kerascnnclassifier__learning_rate": [0.001, 0.003],
}
network_search = GridSearchCV(network, network_grid, cv=folds).fit(X, y)

# %%
# The baseline
# ------------
# k nearest neighbours, with the grid that skdigits provides.
baseline_search = GridSearchCV(make_baseline("knn"), baseline_grid("knn"), cv=folds).fit(X, y)

# %%
# Result
# ------
# The parameters were chosen on the folds. The test images are used last, once for each winner.
searches = {"keras-cnn": network_search, "knn": baseline_search}
for name, search in searches.items():
    best = {key.rpartition("__")[2]: value for key, value in search.best_params_.items()}
    print(f"{name}: cross-validated {search.best_score_:.2%}", end=", ")
    print(f"test {search.score(X_test, y_test):.2%} with {best}")

# %%
# All candidates: the mean over the folds, with error bars of one standard deviation.
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
for name, search in searches.items():
    order = np.argsort(search.cv_results_["mean_test_score"])
    axes.errorbar(
        np.arange(1, len(order) + 1),
        search.cv_results_["mean_test_score"][order],
        yerr=search.cv_results_["std_test_score"][order],
        fmt="o",
        capsize=3,
        label=name,
    )
axes.set(xlabel="Candidate, worst first", ylabel="Cross-validated accuracy")
axes.grid(axis="y", color="0.9")
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False)
plt.show()
