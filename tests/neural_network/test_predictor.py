"""Hidden activations as features for other models."""

from __future__ import annotations

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import SVC

from skdigits import BaseKerasClassifier
from skdigits.exceptions import UnknownNameError

from .._small import both, cnn, mlp


class Residual(BaseKerasClassifier):
    """A functional network, all of whose layers ONNX has."""

    def _build_network(self, input_shape, n_outputs):
        pixels = keras.Input(input_shape, name="pixels")
        first = keras.layers.Dense(12, activation="relu", name="first")(pixels)
        second = keras.layers.Dense(12, name="second")(first)
        joined = keras.layers.Add(name="joined")([first, second])
        return keras.Model(pixels, keras.layers.Dense(n_outputs, name="logits")(joined))


class Cubed(BaseKerasClassifier):
    """One with an operation that only TensorFlow has."""

    def _build_network(self, input_shape, n_outputs):
        pixels = keras.Input(input_shape, name="pixels")
        hidden = keras.layers.Dense(12, name="first")(pixels)
        return keras.Model(pixels, keras.layers.Dense(n_outputs, name="logits")(hidden**3))


class Nested(BaseKerasClassifier):
    """One whose layers are within a network, by default with a layer that only TensorFlow has."""

    layer, is_last, is_functional = keras.layers.LSTM, False, True

    def _build_network(self, input_shape, n_outputs):
        pixels = keras.Input(input_shape)
        hidden = self.layer(6, name="hidden")(keras.layers.Reshape((8, 8))(pixels))
        hidden = keras.layers.Flatten(name="end")(hidden)
        if self.is_last:
            hidden = keras.layers.Dense(n_outputs)(hidden)
        inner = keras.Model(pixels, hidden, name="inner")
        layers = [inner] if self.is_last else [inner, keras.layers.Dense(n_outputs)]
        if not self.is_functional:
            return keras.Sequential([keras.Input(input_shape), *layers])
        x = outer = keras.Input(input_shape)
        for layer in layers:
            x = layer(x)
        return keras.Model(outer, x)


def own(kind):
    return lambda **parameters: kind(epochs=1, random_state=0, **parameters)


def expected(classifier, layer, X):
    network = classifier.model_
    output = (network.layers[layer] if isinstance(layer, int) else network.get_layer(layer)).output
    x = X.reshape(-1, *classifier.input_shape_).astype(np.float32)
    return keras.Model(network.inputs[0], output)(x).numpy().reshape(len(X), -1)


@pytest.mark.parametrize(
    ("make", "backend", "default", "layers"),
    [
        (mlp, "onnxruntime", "hidden_1", [0, -1, "logits"]),
        (cnn, "onnxruntime", "hidden_1", [0, "conv_1", "pool_1", "flatten", -1]),
        (own(Residual), "onnxruntime", "joined", ["pixels", 1, "second", "joined", -1]),
        (own(Cubed), "tensorflow", None, ["pixels", "first", 1, -1]),
    ],
)
def test_activations_are_those_of_the_layer(make, backend, default, layers, digits):
    X = digits[0]
    classifier = make().fit(*digits)
    if default is None:
        np.testing.assert_allclose(
            classifier.transform(X), expected(classifier, "first", X) ** 3, atol=1e-5
        )
    else:
        np.testing.assert_allclose(
            classifier.transform(X), expected(classifier, default, X), atol=1e-5
        )
    for layer in layers:
        classifier.set_params(transform_layer=layer)
        found = classifier.transform(X)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected(classifier, layer, X), atol=1e-5)
        assert len(classifier.get_feature_names_out()) == found.shape[1]
    assert classifier.prediction_backend_ == backend
    with pytest.raises(UnknownNameError, match="transform_layer is named 'none'"):
        classifier.set_params(transform_layer="none").transform(X)


@pytest.mark.parametrize("make", [mlp, own(Cubed)])
def test_activations_follow_the_weights(make, digits):
    classifier = make().fit(*digits)
    before = classifier.transform(digits[0])
    assert np.abs(classifier.partial_fit(*digits).transform(digits[0]) - before).max() > 0
    layer = classifier.model_.layers[-2 if make is mlp else 1]
    layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    assert not classifier.transform(digits[0]).any()


@pytest.mark.parametrize("is_functional", [True, False])
@pytest.mark.parametrize("is_last", [True, False])
@pytest.mark.parametrize("layer", [keras.layers.LSTM, keras.layers.Dense])
def test_activations_within_a_network_at_the_end(layer, is_last, is_functional, digits):
    kind = type("Kind", (Nested,), dict(vars(Nested)))
    kind.layer, kind.is_last, kind.is_functional = layer, is_last, is_functional
    classifier = kind(epochs=1, random_state=0).fit(*digits)
    inner = classifier.model_.get_layer("inner")
    x = digits[0].astype(np.float32)
    hidden = keras.Model(inner.inputs[0], inner.get_layer("end").output)(x)
    np.testing.assert_allclose(classifier.transform(x), hidden, atol=1e-5)
    classifier.set_params(transform_layer="inner")
    np.testing.assert_allclose(classifier.transform(x), inner(x), atol=1e-5)
    is_lstm = layer is keras.layers.LSTM
    assert classifier.prediction_backend_ == ("tensorflow" if is_lstm else "onnxruntime")


@pytest.mark.parametrize("make", [mlp, own(Residual)])
def test_a_position_may_be_a_number_of_numpy(make, digits):
    classifier = make(transform_layer=np.int64(-2)).fit(*digits)
    plain = clone(classifier).set_params(transform_layer=-2).fit(*digits)
    np.testing.assert_array_equal(classifier.transform(digits[0]), plain.transform(digits[0]))


def test_the_logits_of_a_layer_are_those_of_predictions(digits):
    classifier = cnn(transform_layer="logits", test_time_shift=1).fit(*digits)
    plain = clone(classifier).set_params(test_time_shift=0).fit(*digits)
    np.testing.assert_array_equal(
        classifier.transform(digits[0]).astype(float), plain.decision_function(digits[0])
    )


@both
def test_a_network_stands_before_another_model(make, digits):
    X, y = digits
    model = make_pipeline(make_union(PCA(4), make(epochs=8)), SVC(C=10))
    assert cross_val_score(model, X, y, cv=3).mean() > 0.8
    copied = pickle.loads(pickle.dumps(model.fit(X, y)))
    np.testing.assert_array_equal(copied.predict(X), model.predict(X))
    kind = type(make()).__name__.lower()
    assert model[0].get_feature_names_out()[4] == f"{kind}__{kind}0"


def test_features_are_a_data_frame_if_asked_for(digits):
    classifier = mlp().set_output(transform="pandas").fit(*digits)
    frame = classifier.transform(digits[0][:5])
    assert list(frame.columns) == classifier.get_feature_names_out().tolist()
    assert frame.shape == (5, 24)
