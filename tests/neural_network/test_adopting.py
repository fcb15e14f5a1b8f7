"""A trained Keras model as a fitted classifier."""

from __future__ import annotations

import pickle

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.base import clone

from skdigits import (
    BaseKerasClassifier,
    KerasCNNClassifier,
    KerasMLPClassifier,
    KerasNetworkClassifier,
    load_model,
    save_model,
)
from skdigits.exceptions import NetworkShapeError
from skdigits.export import to_onnx


def flat(*stack):
    return keras.Sequential([keras.Input((64,)), *stack])


def convolutional():
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 2, activation="relu"),
            layers.Conv2D(4, 2, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(6, (2, 1), activation="tanh"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(12, activation="elu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def normalized():
    hidden = [layers.Dense(8, use_bias=False), layers.BatchNormalization()]
    return flat(*hidden, layers.Activation("relu"), layers.Dropout(0.2), layers.Dense(10))


def residual():
    pixels = keras.Input((8, 8, 1))
    wide = layers.Conv2D(4, 3, padding="same", activation="relu")(pixels)
    joined = layers.Add()([wide, layers.Conv2D(4, 1)(pixels)])
    logits = layers.Dense(10)(layers.GlobalAveragePooling2D()(joined))
    return keras.Model(pixels, layers.Softmax()(logits))


CASES = {
    "mlp": (
        KerasMLPClassifier,
        lambda: flat(layers.Dense(8, "tanh"), layers.Dense(6, "relu"), layers.Dense(10)),
        {"hidden_layer_sizes": (8, 6), "activation": ("tanh", "relu"), "dropout": 0.0},
    ),
    "normalized": (
        KerasMLPClassifier,
        normalized,
        {"batch_normalization": True, "activation": "relu", "dropout": 0.2},
    ),
    "cnn": (
        KerasCNNClassifier,
        convolutional,
        {
            "image_shape": (8, 8, 1),
            "filters": ((4, 4), 6),
            "kernel_size": (2, (2, 1)),
            "pool_size": (2, 1),
            "conv_activation": ("relu", "tanh"),
            "conv_dropout": (0.0, 0.5),
            "hidden_layer_sizes": (12,),
            "activation": "elu",
        },
    ),
    "residual": (KerasNetworkClassifier, residual, {}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_model_predicts_trains_on_and_is_saved(name, digits, tmp_path):
    kind, build, params = CASES[name]
    X, y = digits
    labels = np.array(list("abcdefghij"))
    model = build()
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=name == "mlp"))
    x = X.reshape(-1, *model.input_shape[1:]).astype(np.float32)
    expected = keras.ops.convert_to_numpy(model(x, training=False))
    if name in ("mlp", "normalized"):
        expected = keras.ops.convert_to_numpy(keras.ops.softmax(expected))
    classifier = kind.from_keras(model, classes=labels)
    found = {key: classifier.get_params()[key] for key in params}
    assert found == params
    np.testing.assert_allclose(classifier.predict_proba(X), expected, atol=1e-5)
    assert (classifier.n_features_in_, classifier.n_epochs_) == (64, 0)
    assert classifier.history_ == {}
    copied = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(copied.predict_proba(X), classifier.predict_proba(X))
    to_onnx(classifier, tmp_path / "model.onnx")
    save_model(classifier, tmp_path / "model.skdigits")
    loaded = load_model(tmp_path / "model.skdigits")
    np.testing.assert_array_equal(loaded.predict(X), classifier.predict(X))
    assert loaded.get_params() == classifier.get_params()
    for one in (classifier, copied):
        one.set_params(learning_rate=0.01).partial_fit(X, labels[y])
    assert classifier.n_epochs_ == 1
    assert classifier.set_params(warm_start=True, epochs=2).fit(X, labels[y]).n_epochs_ == 3
    anew = clone(classifier).set_params(warm_start=False, epochs=1).fit(X, labels[y])
    shapes = [weight.shape for weight in anew.model_.get_weights()]
    assert shapes == [weight.shape for weight in model.get_weights()]


def test_the_model_of_the_user_stays_as_it_is(digits):
    model = flat(layers.Dense(8, "relu"), layers.Dense(10, "softmax"))
    before = model.get_weights()
    KerasMLPClassifier.from_keras(model).partial_fit(*digits)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert model.layers[-1].activation is keras.activations.softmax


@pytest.mark.parametrize("kind", [KerasMLPClassifier, KerasNetworkClassifier])
def test_frozen_layers_stay_frozen_but_not_in_a_clone(kind, digits):
    model = flat(layers.Dense(8, "relu"), layers.Dense(10, "softmax"))
    model.layers[0].trainable = False
    classifier = kind.from_keras(model).partial_fit(*digits)
    first, _, last, _ = model.get_weights()
    found_first, _, found_last, _ = classifier.model_.get_weights()
    np.testing.assert_array_equal(found_first, first)
    assert np.abs(found_last - last).max() > 0
    anew = clone(classifier).set_params(epochs=1).fit(*digits)
    assert all(layer.trainable for layer in anew.model_.layers)


def test_the_base_class_adopts_any_network(digits):
    classifier = BaseKerasClassifier.from_keras(residual())
    assert type(classifier) is KerasNetworkClassifier
    assert classifier.predict(digits[0]).shape == (300,)
    with pytest.raises(NetworkShapeError, match="10 outputs, and y has 3"):
        clone(classifier).fit(digits[0], digits[1] % 3)
    with pytest.raises(NetworkShapeError, match=r"takes samples of shape \(8, 8, 1\)"):
        clone(classifier).fit(digits[0][:, :49], digits[1])
    with pytest.raises(NetworkShapeError, match="from_keras"):
        KerasNetworkClassifier(architecture={}).fit(*digits)


class Own(BaseKerasClassifier):
    def _build_network(self, input_shape, n_outputs):
        return keras.Sequential(
            [keras.Input(input_shape), layers.Dense(5, "relu"), layers.Dense(n_outputs)]
        )


def test_a_class_of_ones_own_adopts_what_it_builds(digits):
    model = flat(layers.Dense(5, "relu"), layers.Dense(10, "softmax"))
    assert type(Own.from_keras(model)) is Own
    with pytest.raises(NetworkShapeError, match="weights of the shapes"):
        Own.from_keras(flat(layers.Dense(6, "relu"), layers.Dense(10)))
    with pytest.raises(NetworkShapeError, match="same probabilities"):
        Own.from_keras(flat(layers.Dense(5, "tanh"), layers.Dense(10)))


def test_a_model_in_a_coarse_precision_is_adopted(digits):
    policy = {"dtype": "mixed_bfloat16"}
    model = flat(layers.Dense(8, "relu", **policy), layers.Dense(10, "softmax", **policy))
    x = digits[0].astype(np.float32)
    expected = keras.ops.convert_to_numpy(keras.ops.cast(model(x), "float32"))
    for kind in (KerasMLPClassifier, KerasNetworkClassifier):
        found = kind.from_keras(model).predict_proba(x)
        np.testing.assert_allclose(found, expected, atol=0.02)


def quantized():
    model = flat(layers.Dense(8, "relu", name="part"), layers.Dense(3))
    model.layers[0].quantize("int8")
    return model


def ended_by_an_operation():
    pixels = keras.Input((4,))
    return keras.Model(pixels, keras.ops.softmax(layers.Dense(3)(pixels), axis=-1))


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (lambda: flat(layers.Lambda(lambda x: x, name="part"), layers.Dense(3)), "part"),
        (quantized, "part"),
        (ended_by_an_operation, "softmax"),
    ],
)
def test_layers_that_cannot_be_copied_are_named(build, name):
    with pytest.raises(NetworkShapeError, match=f"{name}.*_build_network builds it"):
        KerasNetworkClassifier.from_keras(build())


def two_ended():
    pixels = keras.Input((64,))
    return keras.Model(pixels, [layers.Dense(2)(pixels), layers.Dense(3)(pixels)])


def two_inputs():
    parts = [keras.Input((4,)), keras.Input((4,))]
    return keras.Model(parts, layers.Dense(3)(layers.Add()(parts)))


def of_dicts():
    pixels = keras.Input((64,))
    return keras.Model(pixels, {"logits": layers.Dense(3)(pixels)})


def of_four_samples():
    return keras.Sequential([keras.Input(batch_shape=(4, 64)), layers.Dense(3)])


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, x):
        return self.dense(x)


def of_its_own():
    model = Subclassed()
    model(np.zeros((1, 64)))
    return model


def regression():
    model = flat(layers.Dense(3))
    model.compile(loss="mse")
    return model


@pytest.mark.parametrize(
    ("build", "match"),
    [
        (lambda: flat(layers.Dense(1, "sigmoid")), "single number"),
        (lambda: flat(layers.Dense(1)), "single number"),
        (lambda: flat(layers.Dense(3, "sigmoid")), "MultiOutputClassifier"),
        (lambda: flat(layers.Reshape((8, 8)), layers.Dense(3)), "one number for each class"),
        (lambda: keras.Sequential([layers.Dense(3)]), "has been built"),
        (two_ended, "2 outputs"),
        (two_inputs, "2 inputs"),
        (of_dicts, "without the dict"),
        (of_four_samples, r"exactly 4 samples .* Put keras.Input\(\(64,\)\)"),
        (of_its_own, "call method of its own, write a subclass"),
        (regression, "regression"),
        (lambda: flat(layers.Dense(3, kernel_regularizer="l2")), "kernel_regularizer"),
        (lambda: flat(layers.Dense(3, activity_regularizer="l2")), "activity_regularizer"),
        (lambda: flat(layers.Dense(4), layers.LayerNormalization(), layers.Dense(3)), "LayerNorm"),
        (convolutional, "Conv2D|convolutions"),
    ],
)
def test_what_is_no_such_classifier_is_refused_in_words(build, match):
    with pytest.raises(NetworkShapeError, match=match):
        KerasMLPClassifier.from_keras(build())


def test_wrong_arguments_are_refused():
    with pytest.raises(TypeError, match="load_model"):
        KerasMLPClassifier.from_keras("model.keras")
    with pytest.raises(NetworkShapeError, match="begin with convolutions"):
        KerasCNNClassifier.from_keras(flat(layers.Dense(3)))
    with pytest.raises(ValueError, match="3 outputs, but classes has 2"):
        KerasMLPClassifier.from_keras(flat(layers.Dense(3)), classes=[1, 2])
    with pytest.raises(ValueError, match="1d array of labels"):
        KerasMLPClassifier.from_keras(flat(layers.Dense(3)), classes={"a": 0, "b": 1, "c": 2})
    with pytest.raises(TypeError, match="uniformly strings or numbers"):
        KerasMLPClassifier.from_keras(flat(layers.Dense(2)), classes=np.array(["a", 1], object))
    with pytest.raises(ValueError, match="sorted"):
        KerasMLPClassifier.from_keras(flat(layers.Dense(3)), classes=["c", "b", "a"])
