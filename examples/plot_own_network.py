"""
Bring a network of your own
===========================

A subclass of :class:`~skdigits.neural_network.BaseKerasClassifier` writes one method,
which returns a Keras network. It is then a classifier like any other.
"""

import keras
import matplotlib.pyplot as plt
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skdigits import BaseKerasClassifier, ImageScaler, LearningCurveDisplay, load_mnist

N_TRAIN = 5_000
EPOCHS = 4


# %%
# The classifier
# --------------
# A small residual network. The network is not compiled and ends in logits, without a
# softmax. What is a parameter of the constructor can be searched and cloned; those of
# the training come from the base class, and are named here as far as they are needed.
class ResidualClassifier(BaseKerasClassifier):
    """Blocks of two convolutions, each with a shortcut around it."""

    def __init__(
        self,
        *,
        n_filters=16,
        n_blocks=2,
        learning_rate=None,
        batch_size=64,
        epochs=10,
        validation_fraction=None,
        verbose=0,
        random_state=None,
    ):
        super().__init__(
            learning_rate=learning_rate,
            batch_size=batch_size,
            epochs=epochs,
            validation_fraction=validation_fraction,
            verbose=verbose,
            random_state=random_state,
        )
        self.n_filters = n_filters
        self.n_blocks = n_blocks

    def _build_network(self, input_shape, n_classes):
        layers = keras.layers
        image = keras.Input(input_shape, name="image")
        x = layers.Conv2D(self.n_filters, 3, strides=2, activation="relu", name="stem")(image)
        for i in range(self.n_blocks):
            y = layers.Conv2D(
                self.n_filters, 3, padding="same", activation="relu", name=f"block_{i}_first"
            )(x)
            y = layers.Conv2D(self.n_filters, 3, padding="same", name=f"block_{i}_second")(y)
            x = layers.Add(name=f"block_{i}_sum")([x, y])
            x = layers.ReLU(name=f"block_{i}_relu")(x)
        x = layers.MaxPooling2D(2, name="pool")(x)
        x = layers.Flatten(name="flatten")(x)
        return keras.Model(image, layers.Dense(n_classes, name="logits")(x), name="residual")


# %%
# A network of convolutions takes images, so the scaler is asked for them. The layers have
# names because a process that trains many networks then keeps less in memory.
X, y = load_mnist(subset="train", n_samples=N_TRAIN, return_X_y=True, random_state=0)
X_test, y_test = load_mnist(subset="test", return_X_y=True)
model = make_pipeline(
    ImageScaler(output_shape="image"),
    ResidualClassifier(epochs=EPOCHS, validation_fraction=0.1, random_state=0),
)
model.fit(X, y)
print(f"test accuracy {model.score(X_test, y_test):.2%}")
model[-1].model_.summary()

# %%
LearningCurveDisplay.from_estimator(model)
plt.show()

# %%
# A search over it
# ----------------
search = GridSearchCV(model, {"residualclassifier__n_blocks": [1, 2]}, cv=2)
search.fit(X, y)
print(search.best_params_, f"{search.best_score_:.2%}")
