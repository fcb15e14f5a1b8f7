"""What all sides must build alike: layers, optimiser, batch size."""

from __future__ import annotations

from dataclasses import dataclass

from skdigits import make_recipe

SIDE = 28  # of an MNIST picture, in pixels
N_CLASSES = 10
POOL = 2
KERAS_LEARNING_RATE = 0.001  # of Keras' Adam and RMSprop; torch's RMSprop has 0.01


@dataclass(frozen=True)
class Architecture:
    """A network and its training, without a library.

    Parameters
    ----------
    hidden : tuple of int
        Units of each hidden layer.
    filters : tuple of int, or of tuples of int
        Convolutions before each 2x2 pooling, one or several; empty for an MLP.
    kernel_sizes : tuple of int
        Side of the kernels before each pooling.
    conv_activation : {"relu", "linear"}
        Activation of the convolutions.
    conv_dropout : tuple of float
        Rate after each pooling.
    dropout : float
        Rate after each hidden layer.
    batch_normalization : bool
        Whether all layers but the last are normalised before their activation.
    optimizer : {"adam", "rmsprop"}
        Optimiser, with Keras' settings.
    learning_rate : float
        Learning rate.
    loss : {"sparse_categorical_crossentropy", "categorical_crossentropy"}
        The latter takes one-hot labels in Keras.
    batch_size : int
        Samples of one step.
    kernel_initializer : str
        Keras' name; torch and scikit-learn keep their own.
    feature_range : tuple of float
        What black and white become.
    """

    hidden: tuple[int, ...]
    filters: tuple[int | tuple[int, ...], ...] = ()
    kernel_sizes: tuple[int, ...] = ()
    conv_activation: str = "relu"
    conv_dropout: tuple[float, ...] = ()
    dropout: float = 0.0
    batch_normalization: bool = False
    optimizer: str = "adam"
    learning_rate: float = KERAS_LEARNING_RATE
    loss: str = "sparse_categorical_crossentropy"
    batch_size: int = 32
    kernel_initializer: str = "glorot_uniform"
    feature_range: tuple[float, float] = (0.0, 1.0)

    @property
    def stacks(self) -> tuple[tuple[int, ...], ...]:
        """The filters of the convolutions before each pooling."""
        return tuple(entry if isinstance(entry, tuple) else (entry,) for entry in self.filters)


def recipe_architecture(name: str) -> Architecture:
    """Read the architecture of a recipe from its pipeline, of an ensemble that of one network."""
    scaler, classifier = (step for _, step in make_recipe(name).steps)
    classifier = getattr(classifier, "estimators", [("", classifier)])[0][1]
    return read_architecture(classifier.get_params(), scaler.feature_range)


def read_architecture(parameters: dict, feature_range: tuple[float, float]) -> Architecture:
    """Read the architecture from the parameters of a skdigits classifier."""
    filters = tuple(parameters.get("filters", ()))
    convolutions = {}
    if filters:
        convolutions = {
            "filters": filters,
            "kernel_sizes": _one_each(parameters["kernel_size"], len(filters)),
            "conv_activation": parameters["conv_activation"],
            "conv_dropout": _one_each(parameters["conv_dropout"], len(filters)),
        }
    return Architecture(
        hidden=tuple(parameters["hidden_layer_sizes"]),
        **convolutions,
        dropout=parameters["dropout"],
        batch_normalization=parameters["batch_normalization"],
        optimizer=parameters["optimizer"] if isinstance(parameters["optimizer"], str) else "adam",
        learning_rate=parameters["learning_rate"] or KERAS_LEARNING_RATE,
        loss=parameters["loss"],
        batch_size=parameters["batch_size"],
        kernel_initializer=parameters["kernel_initializer"],
        feature_range=feature_range,
    )


def _one_each(value: float | tuple, n: int) -> tuple:
    return tuple(value) if isinstance(value, tuple) else (value,) * n
