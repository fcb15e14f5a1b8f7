"""A convolutional network as a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

from sklearn.utils._param_validation import Interval, StrOptions

from .._image import choose_image_shape
from .._typing import RandomState
from ._base import BaseKerasClassifier
from ._convolution import convolution_blocks
from ._documentation import document_like_base
from ._parameters import (
    ACTIVATIONS,
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
class KerasCNNClassifier(BaseKerasClassifier):
    """Convolutional Keras network as a scikit-learn classifier.

    Blocks of convolutions, each followed by a max pooling, then hidden layers. From
    ``optimizer`` on, the parameters are those of `BaseKerasClassifier`.

    Parameters
    ----------
    image_shape : tuple of int, default=None
        ``(height, width)`` or ``(height, width, channels)`` of an image. If
        None, the shape of the samples. Flat samples are treated as square images; those
        that do not form a square are treated as one row of pixels, with a warning.
    filters : sequence of int or of sequences of int, default=(32, 64)
        Filters of the convolution of each block; ``((32, 32), 64)`` has two
        convolutions before the first pooling.
    kernel_size : int, pair of int, sequence of them or "auto", default="auto"
        Side of the kernels of all blocks, or an entry for each block: a side, or
        height and width, as in ``(5, 3)`` or ``((5, 5), (3, 3))`` for two blocks. For
        a single block ``(5, 3)`` is height and width. ``"auto"`` is 3, or less if
        fewer pixels reach the block.
    pool_size : int, pair of int, sequence of them or "auto", default="auto"
        The same for the pooling windows; 1 for no pooling. ``"auto"`` is 2, or 1 if
        a single pixel is left.
    conv_activation : str, callable or sequence of them, default="relu"
        Activation of the convolutions, named as for ``activation``: one for all blocks, or one
        for each.
    conv_dropout : float or sequence of float, default=0.0
        Dropout after each block, in [0, 1): one number for all blocks, or one for each.
    batch_normalization : bool, default=False
        Whether convolutions and hidden layers are normalised before their
        activation, with a momentum of 0.9, which suits short training.
    hidden_layer_sizes : int or sequence of int, default=(128,)
        Number of units of each hidden layer after the convolutions; may be empty.
    activation : str, callable or sequence of them, default="relu"
        Activation of the hidden layers: ``"elu"``, ``"gelu"``, ``"hard_sigmoid"``,
        ``"leaky_relu"``, ``"linear"``, ``"mish"``, ``"relu"``, ``"relu6"``,
        ``"selu"``, ``"sigmoid"``, ``"silu"``, ``"softplus"``, ``"softsign"``,
        ``"tanh"``, or a function of Keras tensors; one for all layers, or one for each.
    dropout : float or sequence of float, default=0.0
        Share of the units that a training step leaves out after each hidden layer,
        in [0, 1): one number for all layers, or one for each.
    kernel_initializer : str or keras.initializers.Initializer, default="glorot_uniform"
        Initialiser of the kernels: ``"glorot_normal"``, ``"glorot_uniform"``,
        ``"he_normal"``, ``"he_uniform"``, ``"lecun_normal"``, ``"lecun_uniform"``,
        ``"orthogonal"``, ``"random_normal"``, ``"random_uniform"``,
        ``"truncated_normal"``, ``"zeros"``, or a Keras initialiser.

    See Also
    --------
    KerasMLPClassifier : Fully connected network.
    ImageAugmentation : Random changes of the training images.
    skdigits.preprocessing.ImageScaler : Scales the pixels first.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits import ImageScaler, KerasCNNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> model = make_pipeline(
    ...     ImageScaler(data_range=(0, 16)),
    ...     KerasCNNClassifier(filters=(16,), epochs=5, random_state=0),
    ... ).fit(X[:1500], y[:1500])
    >>> bool(model.score(X[1500:], y[1500:]) > 0.85)
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **TRAINING_CONSTRAINTS,
        **NETWORK_CONSTRAINTS,
        "image_shape": ["array-like", None],
        "filters": ["array-like", Interval(Integral, 1, None, closed="left")],
        "kernel_size": [
            StrOptions({"auto"}),
            "array-like",
            Interval(Integral, 1, None, closed="left"),
        ],
        "pool_size": [
            StrOptions({"auto"}),
            "array-like",
            Interval(Integral, 1, None, closed="left"),
        ],
        "conv_activation": [StrOptions(set(ACTIVATIONS)), callable, "array-like"],
        "conv_dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
    }

    _wants_scaled_samples: ClassVar[bool] = True

    def __init__(
        self,
        *,
        image_shape: tuple[int, ...] | None = None,
        filters: int | Sequence[int | Sequence[int]] = (32, 64),
        kernel_size: Any = "auto",
        pool_size: Any = "auto",
        conv_activation: Activation | Sequence[Activation] = "relu",
        conv_dropout: float | Sequence[float] = 0.0,
        batch_normalization: bool = False,
        hidden_layer_sizes: int | Sequence[int] = (128,),
        activation: Activation | Sequence[Activation] = "relu",
        dropout: float | Sequence[float] = 0.0,
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
        self.image_shape = image_shape
        self.filters = filters
        self.kernel_size = kernel_size
        self.pool_size = pool_size
        self.conv_activation = conv_activation
        self.conv_dropout = conv_dropout
        self.batch_normalization = batch_normalization
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        self.kernel_initializer = kernel_initializer

    @classmethod
    def _params_of(cls, adopted: AdoptedModel) -> dict[str, Any]:
        from ._read_parameters import convolution_params

        return convolution_params(adopted.network, cls.__name__)

    def _network_input_shape(self, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
        return choose_image_shape(self.image_shape, sample_shape)

    def _named_shapes(self) -> list[tuple[int, ...]]:
        shape = () if self.image_shape is None else tuple(self.image_shape)
        return [shape] if all(isinstance(side, Integral) for side in shape) and shape else []

    def _build_network(self, input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
        from ._layers import cnn_network

        sizes = layer_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        return cnn_network(
            input_shape,
            n_outputs,
            blocks=convolution_blocks(
                input_shape,
                self.filters,
                self.kernel_size,
                self.pool_size,
                self.conv_dropout,
                self.conv_activation,
            ),
            batch_normalization=self.batch_normalization,
            hidden_layer_sizes=sizes,
            activation=per_layer_activations("activation", self.activation, len(sizes)),
            dropout=per_layer("dropout", self.dropout, len(sizes), low=0, high=1),
            kernel_initializer=self.kernel_initializer,
        )
