"""Any network of Keras' own layers as a classifier."""

from __future__ import annotations

import math
from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

from .._typing import RandomState
from ..exceptions import NetworkShapeError
from ._base import BaseKerasClassifier
from ._documentation import document_like_base
from ._parameters import TRAINING_CONSTRAINTS
from .augmentation import ImageAugmentation

if TYPE_CHECKING:
    import keras

    from ._adopting import AdoptedModel


@document_like_base
class KerasNetworkClassifier(BaseKerasClassifier):
    """Any network of Keras' own layers as a scikit-learn classifier.

    It is usually made by `from_keras` of a model that has been trained. From ``optimizer`` on,
    the parameters are those of `BaseKerasClassifier`.

    Parameters
    ----------
    architecture : dict
        Keras' configuration of a Sequential or functional network that ends in logits, without
        its weights: what ``keras.saving.serialize_keras_object(network)`` returns.

    See Also
    --------
    BaseKerasClassifier : Builds a network for the samples and classes that it is given.
    KerasCNNClassifier : Convolutional network.

    Examples
    --------
    >>> import keras
    >>> from sklearn.base import clone
    >>> from sklearn.datasets import load_digits
    >>> from skdigits.neural_network import KerasNetworkClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> x = keras.Input((64,))
    >>> hidden = keras.layers.Dense(64, activation="relu")(x)
    >>> joined = keras.layers.Concatenate()([x, hidden])
    >>> outputs = keras.layers.Dense(10, activation="softmax")(joined)
    >>> classifier = KerasNetworkClassifier.from_keras(keras.Model(x, outputs))
    >>> classifier.predict(X[:5] / 16).shape
    (5,)
    >>> trained = clone(classifier).set_params(random_state=0).fit(X / 16, y)
    >>> bool(trained.score(X / 16, y) > 0.9)
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **TRAINING_CONSTRAINTS,
        "architecture": [dict],
    }

    def __init__(
        self,
        *,
        architecture: Mapping[str, Any],
        optimizer: Any = "adam",
        learning_rate: float | None = None,
        learning_rate_schedule: Any = None,
        weight_decay: float | None = None,
        loss: Any = "sparse_categorical_crossentropy",
        label_smoothing: float = 0.0,
        metrics: Any = None,
        batch_size: int = 32,
        epochs: int = 10,
        weight_averaging: float = 0.0,
        validation_fraction: float | None = None,
        early_stopping: bool = False,
        patience: int = 5,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        class_weight: Any = None,
        outlier_label: float | str | None = None,
        outlier_threshold: float = 0.0,
        augmentation: str | ImageAugmentation | None = None,
        test_time_shift: int = 0,
        test_time_rotation: float = 0.0,
        transform_layer: str | int | None = None,
        callbacks: Any = None,
        checkpoint_dir: str | PathLike[str] | None = None,
        verbose: int = 0,
        warm_start: bool = False,
        random_state: RandomState = None,
    ) -> None:
        super().__init__(
            optimizer=optimizer,
            learning_rate=learning_rate,
            learning_rate_schedule=learning_rate_schedule,
            weight_decay=weight_decay,
            loss=loss,
            label_smoothing=label_smoothing,
            metrics=metrics,
            batch_size=batch_size,
            epochs=epochs,
            weight_averaging=weight_averaging,
            validation_fraction=validation_fraction,
            early_stopping=early_stopping,
            patience=patience,
            monitor=monitor,
            min_delta=min_delta,
            class_weight=class_weight,
            outlier_label=outlier_label,
            outlier_threshold=outlier_threshold,
            augmentation=augmentation,
            test_time_shift=test_time_shift,
            test_time_rotation=test_time_rotation,
            transform_layer=transform_layer,
            callbacks=callbacks,
            checkpoint_dir=checkpoint_dir,
            verbose=verbose,
            warm_start=warm_start,
            random_state=random_state,
        )
        self.architecture = architecture

    @classmethod
    def _params_of(cls, adopted: AdoptedModel) -> dict[str, Any]:
        return {"architecture": adopted.architecture}

    def _network_input_shape(self, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
        shape = self._architecture_shape()
        if math.prod(shape) != math.prod(sample_shape):
            raise NetworkShapeError(
                f"The network of this classifier takes samples of shape {shape}, found "
                f"{sample_shape}. Resize the samples, or use a classifier that builds its network "
                "for them, such as KerasCNNClassifier."
            )
        return shape

    def _named_shapes(self) -> list[tuple[int, ...]]:
        shape = self._architecture_shape()
        return [shape] if len(shape) > 1 else []

    def _architecture_shape(self) -> tuple[int, ...]:
        """Read the shape of a sample from the input layer."""
        try:
            [config] = [
                layer["config"]
                for layer in self.architecture["config"]["layers"]
                if layer["class_name"] == "InputLayer"
            ]
            return tuple(config["batch_shape"][1:])
        except (KeyError, TypeError, ValueError) as error:
            raise NetworkShapeError(
                "architecture must be what keras.saving.serialize_keras_object returns for a "
                "Sequential or functional network with one keras.Input. Use "
                "KerasNetworkClassifier.from_keras(model)."
            ) from error

    def _build_network(self, input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
        from ._engine._storage import build_architecture

        network = build_architecture(self.architecture)
        if network.output_shape != (None, n_outputs):
            raise NetworkShapeError(
                f"The network of this classifier has {network.output_shape[-1]} outputs, and y "
                f"has {n_outputs} classes. Adopt a model of as many outputs, or use a classifier "
                "that builds its network for them, such as KerasCNNClassifier."
            )
        return network
