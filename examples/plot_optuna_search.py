"""
Search hyperparameters with Optuna
==================================

A grid search tries every combination. `Optuna <https://optuna.org>`_ chooses the next
combination from the results so far, so it needs fewer trainings when there are many
hyperparameters. Each trial here is a cross-validation by scikit-learn. Install it with
``pip install optuna``.
"""

import matplotlib.pyplot as plt
import optuna
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, KerasMLPClassifier, load_mnist

N_TRAIN = 2_000
EPOCHS = 3

# %%
# What to try
# -----------
# The function creates the model of a trial and returns its mean accuracy.
X, y = load_mnist(subset="train", n_samples=N_TRAIN, return_X_y=True, random_state=0)
folds = StratifiedKFold(2, shuffle=True, random_state=0)


def make_model(hyperparameters):
    """Make a pipeline with the hyperparameters of a trial."""
    return make_pipeline(
        ImageScaler(),
        KerasMLPClassifier(
            hidden_layer_sizes=(hyperparameters["units"],),
            learning_rate=hyperparameters["learning_rate"],
            dropout=hyperparameters["dropout"],
            epochs=EPOCHS,
            random_state=0,
        ),
    )


def mean_accuracy(trial):
    """Cross-validate the model of a trial."""
    hyperparameters = {
        "units": trial.suggest_categorical("units", [64, 128, 256]),
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
    }
    return cross_val_score(make_model(hyperparameters), X, y, cv=folds).mean()


# %%
# Search
# ------
# The seeds make the search repeatable.
optuna.logging.set_verbosity(optuna.logging.WARNING)
study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
study.optimize(mean_accuracy, n_trials=10)
print(f"best mean accuracy: {study.best_value:.3f}")
print(f"with {study.best_params}")

# %%
# The learning rate matters most.
rates = [trial.params["learning_rate"] for trial in study.trials]
fig, ax = plt.subplots()
ax.scatter(rates, [trial.value for trial in study.trials])
ax.set(xscale="log", xlabel="Learning rate", ylabel="Mean accuracy in cross-validation")
plt.show()

# %%
# Train the best model on all images
# ----------------------------------
X_test, y_test = load_mnist(subset="test", return_X_y=True)
model = make_model(study.best_params).fit(X, y)
print(f"test accuracy: {model.score(X_test, y_test):.3f}")
