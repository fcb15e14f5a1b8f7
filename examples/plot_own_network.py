"""
Use your own Keras network
==========================

Subclass :class:`~skdigits.neural_network.BaseKerasClassifier` and write one method,
which returns a Keras network. The subclass is a classifier like any other.
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
# A small residual network. It is not compiled, and its outputs are logits, without a
# softmax. The parameters of the constructor can be searched and cloned. Those of
# the training come from the base class; list the ones that you need.
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

    def _build_network(self, input_shape, n_outputs):
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
        return keras.Model(image, layers.Dense(n_outputs, name="logits")(x), name="residual")


# %%
# A convolutional network takes images, so let the scaler return images. The layers have
# names so that a process that trains many networks uses less memory.
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
# A search
# --------
search = GridSearchCV(model, {"residualclassifier__n_blocks": [1, 2]}, cv=2)
search.fit(X, y)
print(search.best_params_, f"{search.best_score_:.2%}")
