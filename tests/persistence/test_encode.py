"""What a file cannot hold is refused when it is saved, by name and with the cure."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from sklearn import config_context
from sklearn.exceptions import NotFittedError
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from skdigits import (
    BaseKerasClassifier,
    ImageScaler,
    KerasMLPClassifier,
    load_model,
    save_model,
)
from skdigits.exceptions import UnsavableModelError

from .._small import both, mlp


class OwnClassifier(KerasMLPClassifier):
    """A classifier of one's own."""


class LinearClassifier(BaseKerasClassifier):
    """A network of one's own."""

    def _build_network(self, input_shape, n_classes):
        return keras.Sequential([keras.Input(input_shape), keras.layers.Dense(n_classes)])


class OwnLoss(keras.losses.CategoricalCrossentropy):
    """A loss of one's own."""


UNSAVABLE = {
    "function": (
        lambda: mlp(activation=lambda x: x),
        r"parameter 'activation' of KerasMLPClassifier: found function",
    ),
    "generator": (
        lambda: mlp(random_state=np.random.RandomState(0)),
        r"parameter 'random_state'.*found numpy.*RandomState",
    ),
    "own class": (OwnClassifier, r"the model: found .*OwnClassifier"),
    "own network": (LinearClassifier, r"the model: found .*LinearClassifier"),
    "own loss": (lambda: mlp(loss=OwnLoss(from_logits=True)), r"parameter 'loss'.*OwnLoss"),
    "step of scikit-learn": (
        lambda: make_pipeline(PolynomialFeatures(1), mlp()),
        r"parameter 'steps' of Pipeline: found sklearn.*PolynomialFeatures",
    ),
    "classifier of scikit-learn": (
        GaussianProcessClassifier,
        r"the model: found .*GaussianProcessClassifier",
    ),
    "folder of steps": (
        lambda: make_pipeline(ImageScaler(), mlp(), memory="cache"),
        r"Pipeline with memory='cache'.*set_params\(memory=None\)",
    ),
    "folder of checkpoints": (
        lambda: mlp(checkpoint_dir="runs"),
        r"KerasMLPClassifier with checkpoint_dir='runs'.*set_params\(checkpoint_dir=None\)",
    ),
}


@pytest.mark.parametrize("case", UNSAVABLE)
def test_a_part_that_a_file_cannot_hold_is_named(case, digits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make, match = UNSAVABLE[case]
    model = make().fit(*digits)
    with pytest.raises(UnsavableModelError, match=match) as caught:
        save_model(model, tmp_path / "m.skdigits")
    assert case.startswith("folder") or "joblib.dump(pipeline, path)" in str(caught.value)
    assert not (tmp_path / "m.skdigits").exists()


def test_what_was_asked_for_beside_parameters_is_not_dropped_in_silence(digits, tmp_path):
    with config_context(enable_metadata_routing=True):
        model = mlp(epochs=1).set_fit_request(sample_weight=True).fit(*digits)
    with pytest.raises(UnsavableModelError, match="attribute '_metadata_request'"):
        save_model(model, tmp_path / "m.skdigits")


@both
@pytest.mark.parametrize("change", [{"activation": "tanh"}, {"hidden_layer_sizes": (7,)}])
def test_parameters_changed_since_the_fit_are_saved_with_the_network(
    make, change, digits, tmp_path
):
    model = make(epochs=1).fit(*digits)
    expected = model.predict_proba(digits[0])
    save_model(model.set_params(**change), tmp_path / "m.skdigits")
    loaded = load_model(tmp_path / "m.skdigits")
    np.testing.assert_array_equal(loaded.predict_proba(digits[0]), expected)
    assert {name: getattr(loaded, name) for name in change} == change


class OwnDense(keras.layers.Dense):
    """A layer of one's own."""


@pytest.mark.parametrize(
    ("layer", "match"),
    [
        (OwnDense(10), "'OwnDense' is not one of Keras' own"),
        (keras.layers.Dense(10, kernel_initializer=np.zeros), "of 'builtins'"),
        (
            keras.layers.EinsumDense("ab,bc->ac", 10),
            "class 'EinsumDense' cannot be expressed in ONNX",
        ),
        (
            keras.layers.Dense(10, dtype="mixed_bfloat16"),
            "computes in 'mixed_bfloat16', .* Build it with dtype=\"float32\" and copy",
        ),
    ],
    ids=["own layer", "function within", "layer that ONNX lacks", "mixed precision"],
)
def test_a_network_that_needs_other_code_is_named(layer, match, digits, tmp_path):
    model = mlp(epochs=1).fit(*digits)
    model.model_ = keras.Sequential([keras.Input((64,)), layer])
    with pytest.raises(UnsavableModelError, match=f"KerasMLPClassifier: .*{match}.*joblib.dump"):
        save_model(model, tmp_path / "m.skdigits")


def test_a_network_that_was_put_in_place_of_the_own_is_saved(digits, tmp_path):
    model = mlp(epochs=1).fit(*digits)
    pixels = keras.Input((64,))
    hidden = keras.layers.Dense(9, "relu")(pixels)
    both = keras.layers.Concatenate()([pixels, hidden])
    model.model_ = keras.Model(pixels, keras.layers.Dense(10)(both))
    save_model(model, tmp_path / "m.skdigits")
    loaded = load_model(tmp_path / "m.skdigits")
    np.testing.assert_array_equal(loaded.predict_proba(digits[0]), model.predict_proba(digits[0]))
    assert [layer.name for layer in loaded.model_.layers] == [
        layer.name for layer in model.model_.layers
    ]


def test_weights_too_large_for_the_dtype_are_refused(digits, tmp_path):
    model = mlp(epochs=1).fit(*digits)
    model.model_.set_weights([weight * 1e9 for weight in model.model_.get_weights()])
    with pytest.raises(UnsavableModelError, match=r'not finite in float16.*dtype="float32"'):
        save_model(model, tmp_path / "m.skdigits", weights_dtype="float16")


def test_what_is_not_fitted_is_refused(tmp_path):
    with pytest.raises(NotFittedError, match="fit"):
        save_model(make_pipeline(ImageScaler(), mlp()), tmp_path / "m.skdigits")
