"""A fully connected network as a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

from .._typing import RandomState
from ._base import BaseKerasClassifier
from ._documentation import document_like_base
from ._parameters import (
    NETWORK_CONSTRAINTS,
    TRAINING_CONSTRAINTS,
    Activation,
    layer_sizes,
    per_layer,
    per_layer_activations,
)
from .augmentation import ImageAugmentation

if TYPE_CHECKING:
    import keras

    from ._adopting import AdoptedModel


@document_like_base
class KerasMLPClassifier(BaseKerasClassifier):
    """Fully connected Keras network as a scikit-learn classifier.

    From ``optimizer`` on, the parameters are those of `BaseKerasClassifier`.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(128,)
        Number of units of each hidden layer. An empty sequence makes a linear model.
    activation : str, callable or sequence of them, default="relu"
        Activation of the hidden layers: ``"elu"``, ``"gelu"``, ``"hard_sigmoid"``,
        ``"leaky_relu"``, ``"linear"``, ``"mish"``, ``"relu"``, ``"relu6"``,
        ``"selu"``, ``"sigmoid"``, ``"silu"``, ``"softplus"``, ``"softsign"``,
        ``"tanh"``, or a function of Keras tensors; one for all layers, or one for each.
    dropout : float or sequence of float, default=0.0
        Share of the units that a training step leaves out after each hidden layer,
        in [0, 1): one number for all layers, or one for each.
    batch_normalization : bool, default=False
        Whether hidden layers are normalised before their activation, with a
        momentum of 0.9, which suits short training.
    kernel_initializer : str or keras.initializers.Initializer, default="glorot_uniform"
        Initialiser of the kernels: ``"glorot_normal"``, ``"glorot_uniform"``,
        ``"he_normal"``, ``"he_uniform"``, ``"lecun_normal"``, ``"lecun_uniform"``,
        ``"orthogonal"``, ``"random_normal"``, ``"random_uniform"``,
        ``"truncated_normal"``, ``"zeros"``, or a Keras initialiser.

    See Also
    --------
    KerasCNNClassifier : Convolutional network.
    sklearn.neural_network.MLPClassifier : The one in scikit-learn, without Keras.
    skdigits.preprocessing.ImageScaler : Scales the pixels first.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits import ImageScaler, KerasMLPClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = make_pipeline(
    ...     ImageScaler(data_range=(0, 16)),
    ...     KerasMLPClassifier(hidden_layer_sizes=(64, 64), random_state=0),
    ... ).fit(X[:1500], y[:1500])
    >>> bool(model.score(X[1500:], y[1500:]) > 0.85)
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **TRAINING_CONSTRAINTS,
        **NETWORK_CONSTRAINTS,
    }

    _wants_scaled_samples: ClassVar[bool] = True

    def __init__(
        self,
        *,
        hidden_layer_sizes: int | Sequence[int] = (128,),
        activation: Activation | Sequence[Activation] = "relu",
        dropout: float | Sequence[float] = 0.0,
        batch_normalization: bool = False,
        kernel_initializer: Any = "glorot_uniform",
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
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.batch_normalization = batch_normalization
        self.kernel_initializer = kernel_initializer

    @classmethod
    def _params_of(cls, adopted: AdoptedModel) -> dict[str, Any]:
        from ._read_parameters import dense_params

        return dense_params(adopted.network, cls.__name__)

    def _network_input_shape(self, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
        return (self.n_features_in_,)

    def _build_network(self, input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
        from ._layers import mlp_network

        sizes = layer_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        return mlp_network(
            input_shape,
            n_outputs,
            hidden_layer_sizes=sizes,
            activation=per_layer_activations("activation", self.activation, len(sizes)),
            dropout=per_layer("dropout", self.dropout, len(sizes), low=0, high=1),
            batch_normalization=self.batch_normalization,
            kernel_initializer=self.kernel_initializer,
        )
