"""What a fitted classifier says of samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import log_softmax, softmax
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._typing import AnyArray, ArrayLike, FloatArray
from ._estimator import NetworkEstimator
from ._outliers import log_odds_of_a_class, relative_to_outliers
from ._validation import check_samples
from .augmentation import copies_at_test_time


class NetworkPredictor(ClassNamePrefixFeaturesOutMixin, TransformerMixin, NetworkEstimator):
    """Predictions of a classifier from the logits of its network, and its hidden activations."""

    classes_: AnyArray
    sample_shape_: tuple[int, ...]
    input_shape_: tuple[int, ...]
    test_time_shift: int
    test_time_rotation: float
    transform_layer: str | int | None

    def _named_shapes(self) -> list[tuple[int, ...]]:
        """Image shapes that a parameter names: such images are taken as they are."""
        return []

    def predict(self, X: ArrayLike) -> AnyArray:
        """Predict the labels of samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
            Samples.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            The labels.
        """
        codes = self._logits(X).argmax(axis=1)
        return self.classes_[codes]

    def predict_proba(self, X: ArrayLike) -> FloatArray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
            Samples.

        Returns
        -------
        probabilities : ndarray of float64, shape (n_samples, n_classes)
            The softmax of the logits, in the order of ``classes_``. Each row sums to 1,
            as does the mean of several classifiers.
        """
        return softmax(self._logits(X), axis=1)

    def predict_log_proba(self, X: ArrayLike) -> FloatArray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
            Samples.

        Returns
        -------
        log_probabilities : ndarray of float64, shape (n_samples, n_classes)
            In the order of ``classes_``. Finite even if a probability is so small that
            `predict_proba` gives 0.
        """
        return log_softmax(self._logits(X), axis=1)

    def decision_function(self, X: ArrayLike) -> FloatArray:
        """Compute the logits.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
            Samples.

        Returns
        -------
        scores : ndarray of float64, shape (n_samples, n_classes) or (n_samples,)
            The logit of each class; with ``outlier_label``, the log odds of each class against
            none of them. For two classes, the logit of the second minus that
            of the first; positive if the second is predicted.
        """
        logits = self._logits(X)
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def score_samples(self, X: ArrayLike) -> FloatArray:
        """Compute how much samples look like one of the classes rather than none.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
            Samples.

        Returns
        -------
        scores : ndarray of float64, shape (n_samples,)
            Higher is more like the classes. With ``outlier_label``, the log odds of one of the
            classes against none of them: ``1 / (1 + exp(-score))`` is the probability of one of
            the classes.

        Notes
        -----
        It is the logarithm of the sum of the exponentials of the logits. Without
        ``outlier_label`` the network has never seen what belongs to no class. The score is then
        a weak hint that has no scale of its own.

        The log odds are those of the training data: if a quarter of the samples were outliers,
        the score assumes that a quarter of new samples are. ``outlier_threshold`` moves the limit.

        Examples
        --------
        Digits from 0 to 8 are the classes, and 9 stands for everything else.

        >>> from sklearn.datasets import load_digits
        >>> from skdigits import KerasMLPClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> classifier = KerasMLPClassifier(outlier_label=9, random_state=0)
        >>> classifier = classifier.fit(X[:1500] / 16, y[:1500])
        >>> classifier.classes_
        array([0, 1, 2, 3, 4, 5, 6, 7, 8])
        >>> is_class = classifier.score_samples(X[1500:] / 16) > classifier.outlier_threshold
        >>> bool((is_class == (y[1500:] != 9)).mean() > 0.9)
        True
        """
        return log_odds_of_a_class(self._logits(X))

    def transform(self, X: ArrayLike) -> FloatArray:
        """Compute the activations of a hidden layer, as features for another model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, height, width[, channels])
            Samples.

        Returns
        -------
        activations : ndarray of float32, shape (n_samples, n_activations)
            What the layer ``transform_layer`` returns, flat: by default the last hidden layer.
            ``test_time_shift`` and ``test_time_rotation`` have no effect.

        Raises
        ------
        UnknownNameError
            If the network has no layer ``transform_layer``.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from sklearn.pipeline import make_pipeline
        >>> from sklearn.svm import SVC
        >>> from skdigits import KerasMLPClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> network = KerasMLPClassifier(hidden_layer_sizes=(64, 32), random_state=0)
        >>> model = make_pipeline(network, SVC()).fit(X[:1500] / 16, y[:1500])
        >>> model[0].transform(X[:5] / 16).shape
        (5, 32)
        >>> bool(model.score(X[1500:] / 16, y[1500:]) > 0.9)
        True
        """
        X = self._check(X)
        return self._activations(X.reshape(len(X), *self.input_shape_), self.transform_layer)

    @property
    def _n_features_out(self) -> int:
        """Number of columns that `transform` returns; scikit-learn names them."""
        if not self.__sklearn_is_fitted__():
            raise AttributeError("There are no features before the classifier is fitted.")
        return self._n_activations(self.transform_layer)

    def _check(self, X: ArrayLike) -> AnyArray:
        """Check samples, and that there is a network for them."""
        if not self.__sklearn_is_fitted__():  # a quarter of the time of a small network
            check_is_fitted(self)
        return check_samples(self, X, self._named_shapes(), reset=False)[0]

    def _logits(self, X: ArrayLike) -> FloatArray:
        """Check samples and run the network on them."""
        X = self._check(X)
        copies = copies_at_test_time(
            X.reshape(len(X), *self._image_shape()),
            shift=self.test_time_shift,
            rotation=self.test_time_rotation,
        )
        logits = [self._run_network(copy.reshape(len(X), *self.input_shape_)) for copy in copies]
        mean = logits[0] if len(logits) == 1 else np.mean(logits, axis=0)
        # Probabilities that are made of float32 sum to one in float32 alone.
        return relative_to_outliers(mean.astype(np.float64), len(self.classes_))

    def _n_outputs(self) -> int:
        """Count the outputs of the network."""
        return len(self.classes_) + (self._fitted_outlier_label() is not None)

    def _fitted_outlier_label(self) -> Any:
        """Give the label of outliers that the network was trained with; None if there was none."""
        return vars(self).get("outlier_label_")

    def _image_shape(self) -> tuple[int, ...]:
        """Shape of a sample as an image, also if the network takes it flat."""
        return self.input_shape_ if len(self.input_shape_) > 1 else self.sample_shape_
