"""A Keras network as a classifier: its parameters, and how it is trained."""

from __future__ import annotations

import math
from abc import ABCMeta, abstractmethod
from collections.abc import Callable
from copy import deepcopy
from functools import partial, wraps
from inspect import isabstract
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import InvalidParameterError
from sklearn.utils.multiclass import _check_partial_fit_first_call

from .._image import refuse_stream, require_image_shape
from .._sklearn_callbacks import CallbackSupportMixin
from .._typing import AnyArray, ArrayLike, RandomState
from ._engine._plan import Samples, TrainingPlan
from ._engine._tensorflow import load_tensorflow
from ._outliers import check_same_outlier_label, encode_with_outliers, without_outlier_label
from ._parameters import TRAINING_CONSTRAINTS, check_checkpoint_dir, explain_nested
from ._predictor import NetworkPredictor
from ._validation import (
    check_adopted_classes,
    check_labels,
    check_samples,
    combine_weights,
    hold_out,
    warn_of_raw_pixels,
)
from .augmentation import ImageAugmentation, find_augmentation, make_augment

if TYPE_CHECKING:
    import keras

    from ._adopting import AdoptedModel
    from ._engine._metrics import MetricOfLogits

_DEFAULT_VALIDATION_FRACTION = 0.1
_Method = TypeVar("_Method", bound=Callable[..., Any])


def _refusing_streams(method: _Method) -> _Method:
    """Say what to pass instead of a stream of batches, which Keras accepts."""

    @wraps(method)
    def call(classifier: Any, X: Any, *arguments: Any, **keywords: Any) -> Any:
        if not arguments and "y" not in keywords:
            refuse_stream(X)
        return method(classifier, X, *arguments, **keywords)

    return cast(_Method, call)


class BaseKerasClassifier(
    CallbackSupportMixin, ClassifierMixin, NetworkPredictor, metaclass=ABCMeta
):
    """Base class that makes any Keras network a scikit-learn classifier.

    A subclass writes one method, ``_build_network(input_shape, n_outputs)``, which
    returns a Keras network that is not compiled and ends in logits, without a
    softmax. The base class does everything else that scikit-learn expects of a classifier.

    Parameters
    ----------
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        Optimiser: ``"adadelta"``, ``"adagrad"``, ``"adam"``, ``"adamax"``,
        ``"adamw"``, ``"ftrl"``, ``"lion"``, ``"nadam"``, ``"rmsprop"`` or ``"sgd"``
        with Keras' defaults, or a Keras optimiser, whose settings are copied.
    learning_rate : float, default=None
        Learning rate, above 0; with a schedule, its highest value. None uses the
        optimiser's own, 0.001 for most.
    learning_rate_schedule : {"cosine", "exponential", "one_cycle"} or \
            keras.optimizers.schedules.LearningRateSchedule, default=None
        How the learning rate changes from step to step. ``"cosine"`` lowers it to 0
        along a cosine, ``"exponential"`` lowers it by a tenth each epoch, and
        ``"one_cycle"`` raises it over the first quarter and then lowers it to 0. None
        keeps it constant.
    weight_decay : float, default=None
        Fraction of each weight, times the learning rate, that each step subtracts. None
        uses the optimiser's own: 0.004 for ``"adamw"``, none for the others.
    loss : str or keras.losses.Loss, default="sparse_categorical_crossentropy"
        Loss: ``"categorical_crossentropy"`` (the same as the sparse one),
        ``"categorical_focal_crossentropy"``, ``"categorical_hinge"``,
        ``"sparse_categorical_crossentropy"``, or a Keras loss that takes one-hot
        targets and logits.
    label_smoothing : float, default=0.0
        Share of each target that is spread evenly over the classes, in [0, 1).
    metrics : str, keras.metrics.Metric or list of them, default=None
        Keras metrics that ``history_`` records beside the loss and the accuracy: names such as
        ``"auc"`` or ``"top_k_categorical_accuracy"``, or Keras metrics, which are copied. They
        get probabilities and one-hot targets, or class numbers if their name begins with
        "sparse"; all samples count the same. Give an object a ``name``, because Keras numbers
        those without one: ``auc``, ``auc_1``.
    batch_size : int, default=32
        Number of samples in one training step.
    epochs : int, default=10
        Number of passes over the training samples.
    weight_averaging : float, default=0.0
        Final fraction of the training over which the weights are averaged, in
        [0, 1): 0.25 for the last quarter. They are not averaged if training stops early.
    validation_fraction : float, default=None
        Fraction of the samples, in (0, 1), that is held out and evaluated after each epoch;
        shuffled and stratified, with at least as many samples as classes. None holds
        out nothing, or 0.1 if ``early_stopping`` monitors the validation samples. Not used if
        ``fit`` is given ``X_val``. With an int as ``random_state``, a warm start on the same
        samples holds out the same ones.
    early_stopping : bool, default=False
        Whether to stop when ``monitor`` has not improved for ``patience`` epochs, and to keep
        the weights of the best epoch.
    patience : int, default=5
        Number of epochs that early stopping waits.
    monitor : str, default="val_loss"
        What early stopping monitors: ``"val_loss"``, ``"val_accuracy"``, ``"loss"``,
        ``"accuracy"``, or the name of one of ``metrics``, with ``"val_"`` before it for the
        validation samples. Losses and errors should fall, all else should rise.
    min_delta : float, default=0.0
        Smallest change of ``monitor`` that counts as an improvement.
    class_weight : dict or "balanced", default=None
        Weight of each class; ``"balanced"`` for the inverse of its frequency. A dict may name
        ``outlier_label``, whose samples otherwise weigh 1; ``"balanced"`` counts them as a class.
    outlier_label : int, float, str or bool, default=None
        Label of the samples in ``y`` that show none of the classes, such as letters among
        digits, for which -1 is usual. The network gets one more output for them, and
        `score_samples` tells them from the classes. It is not in ``classes_``, and is never
        predicted. If the labels are numbered from 0 without a gap, as ``VotingClassifier``
        and ``BaggingClassifier`` number them, it must be the largest.
    outlier_threshold : float, default=0.0
        `score_samples` below which a sample counts as none of the classes. Used with
        ``outlier_label`` by `predict_digits`, the commands and the page, and not by ``predict``.
        At 0.0 both are equally probable. Can be changed after ``fit``.
    augmentation : {"light", "strong"} or ImageAugmentation, default=None
        Random changes of the training images.
    test_time_shift : int, default=0
        Number of pixels by which prediction moves each image up, down, left and right.
        The logits of all five are averaged. 0 uses the image alone.
    test_time_rotation : float, default=0.0
        Angle in degrees by which prediction turns each image to the left and to the
        right. The logits of all three are averaged, or of all fifteen with
        ``test_time_shift``.
    transform_layer : str or int, default=None
        Layer whose activations ``transform`` returns: its name or its position in
        ``model_.layers``. None for the last hidden layer, whose activations are the input of the
        last layer with weights, also within a nested network. Can be changed after ``fit``.
    callbacks : keras.callbacks.Callback or list of them, default=None
        Keras callbacks. Each fit uses copies; a class, or a function that returns
        a callback, is called for each fit. If the function has a parameter ``fit_name``, it gets
        a name that no other fit has, for example for a folder.
    checkpoint_dir : str or path-like, default=None
        Folder in which the training is saved after each epoch. ``fit`` with the same
        samples and parameters resumes it, or loads it if it is finished. Several
        classifiers may share a folder; ``random_state`` must be an int.
    verbose : int, default=0
        0 prints nothing, 1 a progress bar, 2 one line per epoch.
    warm_start : bool, default=False
        Whether ``fit`` continues training the previous network.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, shuffling, dropout and augmentation. With an
        int, fits repeat bit for bit on one machine.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The sorted labels, without ``outlier_label``.
    outlier_label_ : int, float, str or bool
        The ``outlier_label`` of ``fit``, if there was one.
    n_features_in_ : int
        Number of pixels of a sample.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if ``fit`` was given a data frame.
    sample_shape_ : tuple of int
        Shape of a sample in ``fit``.
    input_shape_ : tuple of int
        Shape of a sample as the network takes it.
    model_ : keras.Model
        The trained network; its outputs are logits. A loaded classifier makes it when you first
        read it, which loads TensorFlow. If you change its weights, predictions follow.
    coefs_ : list of ndarray
        The weights by which the layers multiply their inputs, from the first layer on: of
        shape (n_inputs, n_units) in a dense layer, (height, width, n_channels, n_filters) in a
        convolution. Copies; reading them does not load TensorFlow.
    prediction_backend_ : {"onnxruntime", "tensorflow"}
        What computes predictions: ONNX Runtime, or TensorFlow if the network has a layer or
        an activation that cannot be expressed in ONNX.
    history_ : dict of list of float
        ``"loss"``, ``"accuracy"`` and ``metrics`` of each epoch, and the same with ``"val_"``
        before the name if there is a validation set; NaN for epochs without one. Also
        ``"learning_rate"`` at the first step of each epoch, and ``"seconds"``, its duration.
    n_epochs_ : int
        Number of epochs trained.

    See Also
    --------
    KerasMLPClassifier : Fully connected network.
    KerasCNNClassifier : Convolutional network.

    Notes
    -----
    Weights are relative: ``fit`` scales sample and class weights to a mean of 1.
    The number of TensorFlow's threads changes the last bits of a convolution's
    gradients, so bit-equal fits need an equal number of threads.

    With ``outlier_label``, ``history_`` counts outliers as one more class, and ``score`` counts
    them as errors, because ``predict`` returns a class for every sample: pass it samples of the
    classes alone, or a function as ``scoring``, as the user guide shows.

    ``callbacks`` takes Keras' callbacks. Pass those of scikit-learn 1.9 and later, such as
    `sklearn.callback.ProgressBar`, to ``set_callbacks``: each epoch is a task of
    the fit, and a callback may end the training.

    Examples
    --------
    >>> import keras
    >>> from sklearn.datasets import load_digits
    >>> from skdigits import BaseKerasClassifier
    >>> class PerceptronClassifier(BaseKerasClassifier):
    ...     def _build_network(self, input_shape, n_outputs):
    ...         return keras.Sequential([keras.Input(input_shape), keras.layers.Dense(n_outputs)])
    >>> X, y = load_digits(return_X_y=True)
    >>> classifier = PerceptronClassifier(epochs=20, random_state=0).fit(X / 16, y)
    >>> bool(classifier.score(X / 16, y) > 0.9)
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = TRAINING_CONSTRAINTS
    #: Whether the network has no layer of its own that scales the samples.
    _wants_scaled_samples: ClassVar[bool] = False

    def __init__(
        self,
        *,
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
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.learning_rate_schedule = learning_rate_schedule
        self.weight_decay = weight_decay
        self.loss = loss
        self.label_smoothing = label_smoothing
        self.metrics = metrics
        self.batch_size = batch_size
        self.epochs = epochs
        self.weight_averaging = weight_averaging
        self.validation_fraction = validation_fraction
        self.early_stopping = early_stopping
        self.patience = patience
        self.monitor = monitor
        self.min_delta = min_delta
        self.class_weight = class_weight
        self.outlier_label = outlier_label
        self.outlier_threshold = outlier_threshold
        self.augmentation = augmentation
        self.test_time_shift = test_time_shift
        self.test_time_rotation = test_time_rotation
        self.transform_layer = transform_layer
        self.callbacks = callbacks
        self.checkpoint_dir = checkpoint_dir
        self.verbose = verbose
        self.warm_start = warm_start
        self.random_state = random_state

    @classmethod
    def from_keras(
        cls, model: keras.Model, *, classes: ArrayLike | None = None
    ) -> BaseKerasClassifier:
        """Make a fitted classifier of a trained Keras model, without training.

        The weights are copied. The parameters of the classifier describe the network, so
        ``clone`` and ``fit`` train the same network anew. The optimiser and the loss of the model
        are not copied: set the classifier's own before ``partial_fit``.

        Parameters
        ----------
        model : keras.Model
            Sequential or functional, with one input and an output for each class: logits, or
            probabilities from a softmax.
        classes : array-like of shape (n_classes,), default=None
            The labels in the order of the outputs, which must be sorted. None for 0, 1, 2, ...

        Returns
        -------
        classifier : BaseKerasClassifier
            Fitted, of this class. ``BaseKerasClassifier.from_keras`` returns a
            `KerasNetworkClassifier`, which takes any network of Keras' own layers.

        Raises
        ------
        NetworkShapeError
            If the model is not a classifier of single labels, or if the parameters of this class
            cannot describe it.
        ValueError
            If there are not as many classes as outputs, or they are not sorted.

        Examples
        --------
        >>> import keras
        >>> import numpy as np
        >>> from skdigits import KerasMLPClassifier
        >>> layers = [keras.layers.Dense(8, "tanh"), keras.layers.Dense(3, "softmax")]
        >>> model = keras.Sequential([keras.Input((4,)), *layers])
        >>> classifier = KerasMLPClassifier.from_keras(model, classes=["a", "b", "c"])
        >>> classifier
        KerasMLPClassifier(activation='tanh', hidden_layer_sizes=(8,))
        >>> classifier.predict_proba(np.ones((2, 4))).shape
        (2, 3)
        """
        load_tensorflow()
        from ._adopting import read_model

        if isabstract(cls):
            from ._network_classifier import KerasNetworkClassifier

            return KerasNetworkClassifier.from_keras(model, classes=classes)
        adopted = read_model(model)
        classifier = cls(**cls._params_of(adopted))
        classifier._adopt(adopted, classes)
        return classifier

    @classmethod
    def _params_of(cls, adopted: AdoptedModel) -> dict[str, Any]:
        """Read the parameters that describe a network; by default it must be that of none."""
        return {}

    def _adopt(self, adopted: AdoptedModel, classes: ArrayLike | None) -> None:
        """Become fitted with the weights of a trained model."""
        from ._adopting import take_weights

        self._validate_params()
        labels = check_adopted_classes(classes, adopted.n_outputs)
        self.n_features_in_ = math.prod(adopted.input_shape)
        self._begin(labels, adopted.input_shape)
        network = self._network_to_train(
            partial(self._build_network, self.input_shape_, adopted.n_outputs),
            adopted.n_outputs,
            steps_per_epoch=1,
            epochs=self.epochs,
            renew=True,
            is_shared=self._shares_network(),
        )
        take_weights(network, adopted, type(self).__name__)
        self._keep(network, is_shared=self._shares_network())
        self.history_: dict[str, list[float]] = {}
        self.n_epochs_ = 0

    @abstractmethod
    def _build_network(self, input_shape: tuple[int, ...], n_outputs: int) -> keras.Model:
        """Build the network, not compiled, that ends in ``n_outputs`` logits.

        Parameters
        ----------
        input_shape : tuple of int
            Shape of one sample as the network gets it.
        n_outputs : int
            Number of classes; with ``outlier_label`` one more.

        Returns
        -------
        network : keras.Model
            A Sequential or functional network.
        """

    def _network_input_shape(self, sample_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape in which the network takes a sample; a subclass may change it."""
        return sample_shape

    @_refusing_streams
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
    ) -> Self:
        """Train the network.

        If you press Ctrl-C after the first epoch, the classifier is fitted with what it has
        learned so far. With scikit-learn 1.9 and later, callbacks passed to
        ``set_callbacks`` are called in each epoch.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
            Training samples of any real dtype.
        y : array-like of shape (n_samples,)
            Labels: integers or strings.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; only their ratios matter. The array is not modified.
        X_val : array-like, default=None
            Samples to evaluate after each epoch, instead of a held-out fraction.
        y_val : array-like, default=None
            Their labels. All count the same, regardless of ``class_weight``.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter or an input is invalid, or if, with
            ``warm_start``, the parameters describe weights of other shapes.
        NetworkShapeError
            If the network does not fit the samples or does not end in ``n_outputs`` logits.
        DivergenceError
            If the loss becomes NaN or infinite.
        CheckpointError
            If the training cannot be saved in ``checkpoint_dir`` or resumed from it.
        KerasBackendError
            If Keras uses a backend other than TensorFlow.
        """
        checkpoint_dir = check_checkpoint_dir(self.checkpoint_dir, self.random_state)
        continuing = self.warm_start and self.__sklearn_is_fitted__()
        if not continuing:
            self._forget()
        classes = self.classes_ if continuing else None
        samples, y = self._check_training_set(
            X, y, sample_weight, classes, is_first=not continuing, normalize=True
        )
        validation, kept = self._check_validation_set(X_val, y_val), None
        needs_validation = self.early_stopping and self.monitor.startswith("val_")
        if validation is None and (needs_validation or self.validation_fraction is not None):
            fraction = self.validation_fraction or _DEFAULT_VALIDATION_FRACTION
            kept, held = hold_out(samples.y, fraction, self._split_source(continuing))
            validation = Samples(*(part[held] for part in samples))
            samples = Samples(*(part[kept] for part in samples))
        load_tensorflow()
        from ._epoch_tasks import fit_task

        with fit_task(self, self.epochs, X, y, sample_weight, kept) as listeners:
            self._train(samples, validation, listeners, self.epochs, checkpoint_dir, renew=True)
        return self

    @_refusing_streams
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch on more samples.

        The optimiser continues from its state. If you have changed the optimiser, its
        learning rate or the loss with ``set_params``, the new one is used.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
            Samples.
        y : array-like of shape (n_samples,)
            Their labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that can occur in any call, with or without ``outlier_label``; required
            in the first call only.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, used as they are.

        Returns
        -------
        self : object
            The classifier.

        Raises
        ------
        ValueError
            If an input is invalid, or ``early_stopping``, a named
            ``learning_rate_schedule`` or ``weight_averaging`` is set, which need to
            know when training ends.
        """
        needs_end = {
            "early_stopping": self.early_stopping,
            "learning_rate_schedule": isinstance(self.learning_rate_schedule, str),
            "weight_averaging": self.weight_averaging,
        }
        for name, is_set in needs_end.items():
            if is_set:
                raise ValueError(
                    "partial_fit does not know when training ends, so it cannot be used with "
                    f"{name}={getattr(self, name)!r}. Remove that setting, or use fit."
                )
        if isinstance(self.class_weight, str):
            raise ValueError(
                'class_weight="balanced" needs all labels at once. For partial_fit pass a dict '
                "of weights."
            )
        first = not self.__sklearn_is_fitted__()
        if first:
            self._forget()
        _check_partial_fit_first_call(self, without_outlier_label(classes, self.outlier_label))
        samples, y = self._check_training_set(
            X, y, sample_weight, self.classes_, is_first=first, normalize=False
        )
        load_tensorflow()
        from ._epoch_tasks import fit_task

        with fit_task(self, 1, X, y, sample_weight) as listeners:
            self._train(samples, None, listeners, epochs=1, renew=False)
        return self

    def _check_training_set(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        classes: AnyArray | None,
        *,
        is_first: bool,
        normalize: bool,
    ) -> tuple[Samples, AnyArray]:
        """Check what to train on; return it with class numbers, and its labels."""
        X, sample_shape = check_samples(self, X, self._named_shapes(), reset=is_first)
        y = check_labels(y, X)
        if not is_first:
            check_same_outlier_label(self._fitted_outlier_label(), self.outlier_label)
        classes, codes = encode_with_outliers(y, classes, self.outlier_label)
        labels = classes.tolist() + [self.outlier_label] * (self.outlier_label is not None)
        weights = combine_weights(
            sample_weight, self.class_weight, X, y, labels, normalize=normalize
        )
        if is_first:
            self._begin(classes, sample_shape)
            if self._wants_scaled_samples:
                warn_of_raw_pixels(self, X)
        return Samples(X, codes, weights), y

    def _begin(self, classes: AnyArray, sample_shape: tuple[int, ...]) -> None:
        """Set what a new training starts from."""
        self._seed()
        self.classes_ = classes
        if self.outlier_label is not None:
            self.outlier_label_ = self.outlier_label
        self.sample_shape_ = tuple(sample_shape)
        self.input_shape_ = tuple(self._network_input_shape(self.sample_shape_))
        for name in ("test_time_shift", "test_time_rotation"):
            if getattr(self, name):
                require_image_shape(self._image_shape(), name)

    def _split_source(self, continuing: bool) -> np.random.RandomState:
        """Choose what draws the held-out samples."""
        if continuing and isinstance(self.random_state, Integral):
            # The same ones again: the network has been trained on most of the others.
            return check_random_state(self.random_state)
        return self._random_state

    def _check_validation_set(
        self, X_val: ArrayLike | None, y_val: ArrayLike | None
    ) -> Samples | None:
        """Check the samples and labels given for validation."""
        if X_val is None and y_val is None:
            return None
        if X_val is None or y_val is None:
            missing = "X_val" if X_val is None else "y_val"
            raise ValueError(f"{missing} is missing: pass both X_val and y_val, or neither.")
        X_val, _ = check_samples(self, X_val, self._named_shapes(), reset=False)
        y_val = check_labels(y_val, X_val)
        _, codes = encode_with_outliers(y_val, self.classes_, self.outlier_label, "y_val")
        return Samples(X_val, codes, np.ones(len(codes), dtype=np.float32))

    def _train(
        self,
        samples: Samples,
        validation: Samples | None,
        listeners: list[keras.callbacks.Callback],
        epochs: int,
        checkpoint_dir: Path | None = None,
        *,
        renew: bool,
    ) -> None:
        """Train and keep the result, also of the epochs before Ctrl-C."""
        from ._engine._compiled_prediction import find_activations
        from ._engine._metrics import make_metrics
        from ._fitting import train_network

        n_outputs, is_shared = self._n_outputs(), self._shares_network()
        metrics = make_metrics(self.metrics, n_outputs)
        # Last, so that they see an epoch as all other callbacks have left it.
        callbacks = self._fit_callbacks(metrics) + listeners
        network = self._network_to_train(
            partial(self._build_network, self.input_shape_, n_outputs),
            n_outputs,
            steps_per_epoch=-(-len(samples.x) // self.batch_size),
            epochs=self.epochs,
            renew=renew,
            is_shared=is_shared,
        )
        if self.transform_layer is not None:
            find_activations(network, self.transform_layer)
        history = deepcopy(getattr(self, "history_", {}))
        augmentation = find_augmentation(self.augmentation)
        plan = TrainingPlan(
            batch_size=self.batch_size,
            initial_epoch=getattr(self, "n_epochs_", 0),
            epochs=epochs,
            callbacks=callbacks,
            verbose=min(int(self.verbose), 2),
            random_state=self._random_state,
            augment=augmentation and make_augment(augmentation, self._image_shape()),
            augment_key=repr(augmentation and (augmentation.get_params(), self._image_shape())),
            weight_averaging=self.weight_averaging,
            checkpoint_dir=checkpoint_dir,
            checkpoint_key=f"{self.random_state} {self.early_stopping} {self.patience}",
            metrics=metrics,
        )
        try:
            train_network(network, samples, validation, history, plan)
        except KeyboardInterrupt:
            self._finish(network, history)
            raise
        finally:
            self._forget_prediction()
        self._finish(network, history)

    def _finish(self, network: keras.Model, history: dict[str, list[float]]) -> None:
        """Become fitted, if an epoch has been finished."""
        if history.get("loss"):
            self._keep(network, is_shared=self._shares_network())
            self.history_ = history
            self.n_epochs_ = len(history["loss"])

    def _shares_network(self) -> bool:
        """Whether somebody else sees the network: a callback, or a class that builds its own."""
        is_own = self._build_network.__module__.startswith(f"{__package__}.")
        return self.callbacks is not None or not is_own

    def _fit_callbacks(self, metrics: list[MetricOfLogits]) -> list[keras.callbacks.Callback]:
        """Make the callbacks of one fit."""
        from ._engine._metrics import is_better_if_smaller
        from ._scikeras import early_stopping, fresh_callbacks

        try:
            callbacks = fresh_callbacks(self.callbacks)
        except TypeError as error:
            raise InvalidParameterError(
                f"The 'callbacks' parameter of {type(self).__name__} must be a Keras callback, or "
                "a list of Keras callbacks, or of classes or functions that return one and take "
                "nothing; a function may also have one parameter, named fit_name. "
                f"Got {self.callbacks!r} instead."
            ) from error
        smaller = is_better_if_smaller(self.monitor, metrics)
        if self.early_stopping:
            settings = self.patience, self.monitor, self.min_delta
            callbacks.append(early_stopping(*settings, smaller=smaller))
        return callbacks

    def set_params(self, **params: Any) -> Self:
        """Set parameters.

        Parameters
        ----------
        **params : dict
            Parameters by name, such as ``augmentation__shift`` for an ``ImageAugmentation``.

        Returns
        -------
        self : object
            The classifier.

        Raises
        ------
        ValueError
            If there is no such parameter; the message suggests the closest name.
        """
        own = self.get_params(deep=False)
        for name in params:
            prefix, _, rest = name.partition("__")
            holder = params.get(prefix, own.get(prefix))
            if rest and not hasattr(holder, "get_params"):
                raise ValueError(explain_nested(type(self).__name__, name, sorted(own)))
        return super().set_params(**params)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        # Activations are float32, whatever the dtype of the samples.
        tags.transformer_tags.preserves_dtype = []
        return tags
