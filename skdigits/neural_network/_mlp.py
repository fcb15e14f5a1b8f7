"""A fully connected network as a classifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

from .._typing import RandomState
from ._base import BaseKerasClassifier
from ._parameters import NETWORK_CONSTRAINTS, TRAINING_CONSTRAINTS, layer_sizes, per_layer
from .augmentation import ImageAugmentation

if TYPE_CHECKING:
    import keras


class KerasMLPClassifier(BaseKerasClassifier):
    """Fully connected Keras network as a scikit-learn classifier.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(128,)
        Units of each hidden layer. An empty sequence makes a linear model.
    activation : str or callable, default="relu"
        Activation of the hidden layers: ``"elu"``, ``"gelu"``, ``"hard_sigmoid"``,
        ``"leaky_relu"``, ``"linear"``, ``"mish"``, ``"relu"``, ``"relu6"``,
        ``"selu"``, ``"sigmoid"``, ``"silu"``, ``"softplus"``, ``"softsign"``,
        ``"tanh"``, or a function of Keras tensors.
    dropout : float or sequence of float, default=0.0
        Share of the units that a training step leaves out after each hidden layer,
        in [0, 1): one number for all layers, or one for each.
    batch_normalization : bool, default=False
        Whether hidden layers are normalised before their activation, with a
        momentum of 0.9, right for short trainings.
    kernel_initializer : str or keras.initializers.Initializer, default="glorot_uniform"
        Initialiser of the kernels: ``"glorot_normal"``, ``"glorot_uniform"``,
        ``"he_normal"``, ``"he_uniform"``, ``"lecun_normal"``, ``"lecun_uniform"``,
        ``"orthogonal"``, ``"random_normal"``, ``"random_uniform"``,
        ``"truncated_normal"``, ``"zeros"``, or a Keras initialiser.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        Optimiser: ``"adadelta"``, ``"adagrad"``, ``"adam"``, ``"adamax"``,
        ``"adamw"``, ``"ftrl"``, ``"lion"``, ``"nadam"``, ``"rmsprop"`` or ``"sgd"``
        with Keras' defaults, or a Keras optimiser, whose settings are copied.
    learning_rate : float, default=None
        Learning rate, above 0; the highest one where there is a schedule. None
        keeps the optimiser's own, 0.001 for most.
    learning_rate_schedule : {"cosine", "exponential", "one_cycle"} or \
            keras.optimizers.schedules.LearningRateSchedule, default=None
        How the learning rate changes from step to step: a cosine down to 0; a
        tenth less each epoch; up over the first quarter and down to 0; or a Keras
        schedule. None for a constant one.
    weight_decay : float, default=None
        Share of every weight that a step takes away, times the learning rate. None
        keeps the optimiser's own: 0.004 for ``"adamw"``, none for the others.
    loss : str or keras.losses.Loss, default="sparse_categorical_crossentropy"
        Loss: ``"categorical_crossentropy"`` (the same as the sparse one),
        ``"categorical_focal_crossentropy"``, ``"categorical_hinge"``,
        ``"sparse_categorical_crossentropy"``, or a Keras loss that takes one-hot
        targets and logits.
    label_smoothing : float, default=0.0
        Share of each target that is spread evenly over the classes, in [0, 1).
    batch_size : int, default=32
        Samples of one training step.
    epochs : int, default=10
        Passes over the training samples.
    weight_averaging : float, default=0.0
        Share of the training, at its end, over which the weights are averaged, in
        [0, 1): 0.25 for the last quarter. Where training ends early, they are not.
    validation_fraction : float, default=None
        Share of the samples, in (0, 1), that is held out, shuffled and stratified,
        to be evaluated after each epoch; at least as many samples as classes. None for
        no such set, or for 0.1 with ``early_stopping``. Not used where ``fit`` is given
        ``X_val``. With an int as ``random_state``, a warm start on the same samples
        holds out the same ones.
    early_stopping : bool, default=False
        Whether to stop when the validation loss has not become smaller for
        ``patience`` epochs, and to keep the weights of the best epoch.
    patience : int, default=5
        Epochs that early stopping waits.
    class_weight : dict or "balanced", default=None
        Weight of each class; ``"balanced"`` for the inverse of its frequency.
    augmentation : {"light", "strong"} or ImageAugmentation, default=None
        Random changes of the training pictures.
    test_time_shift : int, default=0
        Pixels by which prediction moves each picture up, down, left and right, to
        average the logits of all five; 0 for the picture alone.
    test_time_rotation : float, default=0.0
        Degrees by which prediction turns each picture to the left and to the right,
        to average the logits of all three, or of all fifteen with ``test_time_shift``.
    callbacks : keras.callbacks.Callback or list of them, default=None
        Keras callbacks. Each fit uses copies; a class, or a function that returns
        a callback, is called for each fit.
    checkpoint_dir : str or path-like, default=None
        Folder in which a training is kept after each epoch. ``fit`` with the same
        samples and parameters goes on from there, or takes a finished training.
        Many classifiers may share one; ``random_state`` must be an int.
    verbose : int, default=0
        0 for silence, 1 for a progress bar, 2 for a line an epoch.
    warm_start : bool, default=False
        Whether ``fit`` trains the network of the last one further.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, shuffling, dropout and augmentation. With an
        int, fits repeat bit for bit on one machine.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The sorted labels.
    n_features_in_ : int
        Number of pixels of a sample.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where ``fit`` was given a data frame.
    sample_shape_ : tuple of int
        Shape that a sample had in ``fit``.
    input_shape_ : tuple of int
        Shape in which the network takes it.
    model_ : keras.Model
        The trained network; its outputs are logits.
    history_ : dict of list of float
        ``"loss"`` and ``"accuracy"`` of each epoch, and ``"val_loss"`` and
        ``"val_accuracy"`` where there is a validation set; NaN for epochs without.
    n_epochs_ : int
        Number of epochs trained.

    See Also
    --------
    KerasCNNClassifier : Convolutional network.
    sklearn.neural_network.MLPClassifier : The one of scikit-learn, without Keras.
    skdigits.preprocessing.ImageScaler : Scales the pixels first.

    Notes
    -----
    Weights are relative: ``fit`` scales sample and class weights to a mean of 1.

    ``callbacks`` takes Keras' callbacks. Those of scikit-learn 1.9 and later, such as
    `sklearn.callback.ProgressBar`, go to ``set_callbacks``: each epoch is a task of
    the fit, and one of them may end the training.

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
        activation: str | Callable[..., Any] = "relu",
        dropout: float | Sequence[float] = 0.0,
        batch_normalization: bool = False,
        kernel_initializer: Any = "glorot_uniform",
        optimizer: Any = "adam",
        learning_rate: float | None = None,
        learning_rate_schedule: Any = None,
        weight_decay: float | None = None,
        loss: Any = "sparse_categorical_crossentropy",
        label_smoothing: float = 0.0,
        batch_size: int = 32,
        epochs: int = 10,
        weight_averaging: float = 0.0,
        validation_fraction: float | None = None,
        early_stopping: bool = False,
        patience: int = 5,
        class_weight: Any = None,
        augmentation: str | ImageAugmentation | None = None,
        test_time_shift: int = 0,
        test_time_rotation: float = 0.0,
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
            batch_size=batch_size,
            epochs=epochs,
            weight_averaging=weight_averaging,
            validation_fraction=validation_fraction,
            early_stopping=early_stopping,
            patience=patience,
            class_weight=class_weight,
            augmentation=augmentation,
            test_time_shift=test_time_shift,
            test_time_rotation=test_time_rotation,
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

    def _network_input_shape(self, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
        return (self.n_features_in_,)

    def _build_network(self, input_shape: tuple[int, ...], n_classes: int) -> keras.Model:
        from ._networks import mlp_network

        sizes = layer_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        return mlp_network(
            input_shape,
            n_classes,
            hidden_layer_sizes=sizes,
            activation=self.activation,
            dropout=per_layer("dropout", self.dropout, len(sizes), low=0, high=1),
            batch_normalization=self.batch_normalization,
            kernel_initializer=self.kernel_initializer,
        )
