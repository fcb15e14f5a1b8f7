"""Tests of FiltersDisplay."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdigits import BaseKerasClassifier, ImageScaler, load_pretrained
from skdigits.inspection import FiltersDisplay

from .._small import cnn, mlp

X, Y = load_digits(return_X_y=True)


def draw(estimator, **settings):
    return FiltersDisplay.from_estimator(estimator, figure=Figure(), **settings)


def drawn(axes):
    return np.asarray(axes.get_images()[0].get_array())


def test_the_filters_of_a_convolution():
    model = load_pretrained()
    display = draw(model)
    kernel = model[-1].coefs_[0]
    assert kernel.shape == (5, 5, 1, 32)
    assert display.axes_.size == 32
    seventh = kernel[:, :, 0, 7]
    np.testing.assert_allclose(drawn(display.axes_.flat[7]), seventh / np.abs(seventh).max())
    shared = display.plot(shared_scale=True, figure=Figure())
    np.testing.assert_allclose(drawn(shared.axes_.flat[7]), seventh / np.abs(kernel).max())
    assert {axes.get_images()[0].get_clim() for axes in shared.axes_.flat} == {(-1, 1)}
    assert len(display.figure_.axes) == 33  # and the colour bar
    chosen = draw(model, indices=[5, 2], colorbar=False, titles=["a", "b"])
    np.testing.assert_array_equal(chosen.filters, np.moveaxis(kernel, -1, 0)[[5, 2], ..., 0])
    assert [axes.get_title() for axes in chosen.axes_.flat] == ["a", "b"]
    assert len(chosen.figure_.axes) == 2


def test_the_filters_of_a_trained_network_follow_its_weights():
    classifier = mlp(epochs=1).fit(X[:100] / 16, Y[:100])
    weights = classifier.model_.get_weights()
    assert [each.shape for each in classifier.coefs_] == [(64, 24), (24, 10)]
    np.testing.assert_array_equal(draw(classifier).filters, weights[0].T.reshape(-1, 8, 8))
    weights[0][:] = 1
    classifier.model_.set_weights(weights)
    assert (draw(classifier).filters == 1).all()


def test_colour_images():
    images = np.random.default_rng(0).random((30, 6, 8, 3))
    labels = np.arange(30) % 3
    display = draw(cnn(epochs=1, kernel_size=3).fit(images, labels))
    assert display.filters.shape == (6, 3, 3, 3)
    shown = np.stack([drawn(axes) for axes in display.axes_.flat])
    assert (shown.min() >= 0, shown.max() <= 1) == (True, True)
    assert len(display.figure_.axes) == 6  # no colour bar
    dense = draw(mlp(epochs=1).fit(images, labels), n_filters=4)
    assert dense.filters.shape == (4, 6, 8, 3)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_networks_and_linear_classifiers_of_scikit_learn():
    network = MLPClassifier((5,), max_iter=2).fit(X, Y)
    assert draw(make_pipeline(StandardScaler(), network).fit(X, Y)).filters.shape == (5, 8, 8)
    linear = RidgeClassifier().fit(X, Y)
    display = draw(linear)
    np.testing.assert_array_equal(display.filters, linear.coef_.reshape(-1, 8, 8))
    assert [axes.get_title() for axes in display.axes_.flat] == [str(n) for n in range(10)]
    two = draw(RidgeClassifier().fit(X, Y == 3), titles="auto")
    assert [axes.get_title() for axes in two.axes_.flat] == ["True"]
    oblong = draw(linear, image_shape=(4, 16), indices=[9])
    assert oblong.filters.shape == (1, 4, 16)


class Other(BaseKerasClassifier):
    """Begins with other layers than filters of images."""

    def __init__(self, *, layers=(), epochs=1, random_state=0):
        super().__init__(epochs=epochs, random_state=random_state)
        self.layers = layers

    def _build_network(self, input_shape, n_classes):
        import keras

        layers = [getattr(keras.layers, name)(*args) for name, *args in self.layers]
        ends = [keras.layers.Flatten(), keras.layers.Dense(n_classes)]
        return keras.Sequential([keras.Input(input_shape), *layers, *ends])


@pytest.mark.parametrize(
    ("layers", "found"),
    [
        ([("Embedding", 256, 4)], r"\(256, 4\) for samples of shape \(64,\)"),
        ([("Reshape", (8, 8)), ("Conv1D", 4, 3)], r"\(3, 8, 4\)\."),
        ([("Reshape", (8, 8)), ("Dense", 5)], r"\(8, 5\) for samples of shape \(64,\)"),
        ([("Reshape", (8, 8, 1)), ("MaxPooling2D",)], r"\(16, 10\) for .* pass its image_shape"),
    ],
)
def test_other_first_layers_are_refused(layers, found):
    classifier = Other(layers=layers).fit(X[:60], Y[:60])
    with pytest.raises(ValueError, match=rf"a dense layer .* found weights of shape {found}"):
        draw(classifier)


def test_the_filters_of_pixels_after_pooling_and_of_depthwise_convolutions():
    pooled = Other(layers=[("Reshape", (8, 8, 1)), ("MaxPooling2D",)]).fit(X[:60], Y[:60])
    assert draw(pooled, image_shape=(4, 4)).filters.shape == (10, 4, 4)
    depthwise = Other(layers=[("Reshape", (8, 8, 1)), ("DepthwiseConv2D", 3)]).fit(X[:60], Y[:60])
    assert draw(depthwise).filters.shape == (1, 3, 3)


def test_what_has_no_filters_is_refused():
    with pytest.raises(TypeError, match="found KNeighborsClassifier, which has neither"):
        draw(KNeighborsClassifier().fit(X, Y))
    with pytest.raises(ValueError, match="PCA makes 25 features of 64"):
        draw(make_pipeline(ImageScaler(), PCA(25), RidgeClassifier()).fit(X, Y))
    with pytest.raises(ValueError, match="image_shape"):
        draw(RidgeClassifier().fit(X[:, :50], Y))
    with pytest.raises(ValueError, match="one or three channels"):
        draw(cnn(epochs=1).fit(np.zeros((20, 8, 8, 2)), np.arange(20) % 2))
    with pytest.raises(NotFittedError):
        draw(mlp())
    with pytest.raises(AttributeError, match="before it is fitted"):
        _ = mlp().coefs_
