"""A model that was saved and loaded is the same model."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import make_pipeline

from skdigits import (
    BaseKerasClassifier,
    Deskewer,
    ImageAugmentation,
    ImageScaler,
    KerasMLPClassifier,
    MNISTNormalizer,
    load_model,
    save_model,
)
from skdigits._archive import _parts, _plain_json
from skdigits.exceptions import ModelFileError, UnsavableModelError
from skdigits.persistence import _model_files, _sizes
from skdigits.persistence._model_files import model_from_bytes

from .._small import both, cnn, mlp, pipeline


@pytest.fixture
def again(tmp_path):
    """Give a function that saves and loads a model."""

    def save_and_load(model, **options):
        save_model(model, tmp_path / "m.skdigits", **options)
        return load_model(tmp_path / "m.skdigits")

    return save_and_load


def fitted_state(classifier):
    """Collect what a fit leaves behind, but for the network."""
    names = ["sample_shape_", "input_shape_", "history_", "n_epochs_", "n_features_in_"]
    return {name: getattr(classifier, name) for name in names}


def test_a_file_that_load_model_would_refuse_is_not_written(fitted, tmp_path, monkeypatch):
    path = tmp_path / "m.skdigits"
    save_model(fitted, path)
    before = path.read_bytes()
    monkeypatch.setattr(_model_files, "MAX_BYTES", len(before) - 1)
    with pytest.raises(UnsavableModelError, match='weights_dtype="float16"'):
        save_model(fitted, path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("module", "name", "match"),
    [
        (_sizes, "MAX_LAYERS", r"Keras...Classifier: found a network of . layers.*joblib\.dump"),
        (_plain_json, "MAX_VALUES", r"load_model would refuse.*values in its text.*joblib\.dump"),
        (_parts, "MAX_PARTS", r"load_model would refuse.*list of parts.*joblib\.dump"),
    ],
)
def test_a_model_beyond_a_limit_of_load_model_is_not_written(
    module, name, match, fitted, tmp_path, monkeypatch
):
    monkeypatch.setattr(module, name, 1)
    with pytest.raises(UnsavableModelError, match=match):
        save_model(fitted, tmp_path / "m.skdigits")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [10**30, -1])
def test_a_parameter_that_load_model_would_refuse_is_not_written(value, digits, tmp_path):
    model = mlp(epochs=1).fit(*digits).set_params(batch_size=value)
    with pytest.raises(UnsavableModelError, match="load_model would refuse"):
        save_model(model, tmp_path / "m.skdigits")


# The same model


def test_predictions_parameters_and_fitted_state_are_the_same(fitted, raw, again):
    loaded = again(fitted)
    np.testing.assert_array_equal(loaded.predict_proba(raw[0]), fitted.predict_proba(raw[0]))
    assert repr(loaded.get_params()) == repr(fitted.get_params())
    assert fitted_state(loaded[-1]) == fitted_state(fitted[-1])
    config, expected = (json.dumps(model[-1].model_.get_config()) for model in (loaded, fitted))
    assert config == expected


def test_a_loaded_model_is_cloned_fitted_and_pickled_like_any_other(fitted, raw, again):
    loaded = again(fitted)
    copied = pickle.loads(pickle.dumps(loaded))
    np.testing.assert_array_equal(copied.predict_proba(raw[0]), fitted.predict_proba(raw[0]))
    refitted, expected = clone(loaded).fit(*raw), clone(fitted).fit(*raw)
    np.testing.assert_array_equal(refitted.predict_proba(raw[0]), expected.predict_proba(raw[0]))


def test_a_loaded_model_makes_the_same_file(fitted, tmp_path):
    one, other = tmp_path / "one.skdigits", tmp_path / "other"
    save_model(fitted, one)
    save_model(load_model(str(one)), str(other))
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    "labels",
    [
        lambda y: y.astype(np.uint8),
        lambda y: np.array(["null", "eins", "zwei", "drei"])[y % 4],
        lambda y: y > 4,
        lambda y: np.where(y > 4, "high", "low").astype(object),
        lambda y: y - 5.0,
    ],
    ids=["bytes", "texts", "booleans", "objects", "floats"],
)
def test_labels_keep_their_type(labels, digits, again):
    X, y = digits[0], labels(digits[1])
    classifier = mlp().fit(X, y)
    loaded = again(classifier)
    assert loaded.classes_.dtype == classifier.classes_.dtype
    np.testing.assert_array_equal(loaded.predict(X), classifier.predict(X))


@pytest.mark.parametrize("make", [BaseKerasClassifier, KerasMLPClassifier])
def test_an_adopted_network_is_kept(make, digits, again):
    layers = [keras.layers.Dense(8, "relu"), keras.layers.Dense(10, "softmax")]
    classifier = make.from_keras(keras.Sequential([keras.Input((64,)), *layers]))
    loaded = again(classifier)
    np.testing.assert_array_equal(
        loaded.predict_proba(digits[0]), classifier.predict_proba(digits[0])
    )
    assert loaded.get_params() == classifier.get_params()


def test_metrics_are_kept_by_name_and_refused_as_objects(digits, again):
    model = mlp(epochs=1, metrics=["auc"]).fit(*digits)
    assert again(model).metrics == ["auc"]
    with pytest.raises(UnsavableModelError, match=r"objects as metrics.*set_params\(metrics=None"):
        again(model.set_params(metrics=keras.metrics.TopKCategoricalAccuracy(2)))


def test_column_names_and_data_frames_are_kept(raw, again):
    frame = pd.DataFrame(raw[0], columns=[f"p{i}" for i in range(64)])
    model = pipeline(mlp).set_output(transform="pandas").fit(frame, raw[1])
    loaded = again(model)
    assert list(loaded[:-1].transform(frame)) == list(frame)
    assert list(loaded[-1].feature_names_in_) == list(frame)
    with pytest.raises(ValueError, match="feature names"):
        loaded.predict(frame.rename(columns={"p0": "q0"}))


@pytest.mark.parametrize("voting", ["hard", "soft"])
def test_a_vote_is_kept(voting, raw, again):
    X, y = raw[0], raw[1].astype(str)
    estimators = [("mlp", pipeline(mlp)), ("none", "drop"), ("cnn", pipeline(cnn))]
    vote = VotingClassifier(estimators, voting=voting, weights=[2, 1, 1]).fit(X, y)
    loaded = again(vote)
    np.testing.assert_array_equal(loaded.predict(X), vote.predict(X))
    assert list(loaded.named_estimators_) == ["mlp", "none", "cnn"]
    assert loaded.named_estimators_["cnn"] is loaded.estimators_[1]
    assert loaded.fit(X, y).score(X, y) > 0.5


def test_every_step_of_skdigits_is_kept(digits, again):
    X = digits[0].reshape(-1, 8, 8)
    scaler = ImageScaler(output_shape="image", data_range=(0, 1), dtype="float64")
    model = make_pipeline(Deskewer(), "passthrough", scaler, cnn()).fit(X, digits[1])
    loaded = again(model)
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert loaded[2].output_shape_ == (8, 8, 1)


def test_a_normalizer_is_kept_with_the_names_of_its_columns(digits, again):
    X = pd.DataFrame(digits[0], columns=[f"pixel{number}" for number in range(64)])
    normalizer = MNISTNormalizer(invert=False, handle_blank="zeros")
    model = make_pipeline(normalizer, ImageScaler(), mlp()).fit(X, digits[1])
    loaded = again(model)
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert loaded[0].get_params() == normalizer.get_params()
    assert list(loaded[0].feature_names_in_) == list(X.columns)
    pictures = [np.pad(row.reshape(8, 8), 9).repeat(3, axis=0) for row in digits[0][:5]]
    with pytest.raises(ValueError, match="feature names should match"):
        loaded.predict(X[X.columns[::-1]])
    np.testing.assert_array_equal(loaded.predict(pictures), model.predict(pictures))


PARAMETERS = {
    "nested sizes": {"filters": ((4, 4), 6), "kernel_size": [3, 1], "conv_dropout": [0.1, 0.2]},
    "sequences": {"hidden_layer_sizes": [12, 8], "dropout": (0.1, 0.0)},
    "class weights": {"class_weight": {3: 2.0, 4: 0.5}},
    "NumPy's numbers": {"learning_rate": np.float32(0.01), "batch_size": np.int64(16)},
    "arrays": {"hidden_layer_sizes": np.array([12, 8])},
    "augmentation": {"augmentation": ImageAugmentation(shift=1, zoom=0.0), "image_shape": (8, 8)},
    "normalisation": {"batch_normalization": True, "test_time_shift": 1},
    "schedule": {"learning_rate_schedule": "one_cycle", "weight_decay": 0.01, "epochs": 2},
    "averaging": {"weight_averaging": 0.5, "optimizer": "adamw", "label_smoothing": 0.1},
    "Keras' objects": {
        "optimizer": keras.optimizers.SGD(
            keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9), momentum=0.9
        ),
        "loss": keras.losses.CategoricalFocalCrossentropy(from_logits=True),
        "kernel_initializer": keras.initializers.HeNormal(seed=3),
    },
}


@pytest.mark.parametrize("case", PARAMETERS)
def test_parameters_of_every_kind_are_kept(case, digits, again):
    classifier = cnn(**({"epochs": 1} | PARAMETERS[case])).fit(*digits)
    loaded = again(classifier)
    np.testing.assert_array_equal(
        loaded.predict_proba(digits[0]), classifier.predict_proba(digits[0])
    )
    for name, value in classifier.get_params().items():
        found = loaded.get_params()[name]
        if hasattr(value, "get_config"):
            assert type(found) is type(value)
            assert found.get_config() == value.get_config()
        elif isinstance(value, np.generic):
            assert found == value.item()
        elif isinstance(value, np.ndarray):
            np.testing.assert_array_equal(found, value)
        else:
            assert repr(found) == repr(value)
    loaded.fit(*digits)


@pytest.mark.parametrize("is_fitted", [True, False])
def test_keras_objects_that_nobody_has_read_are_copied_and_replaced(is_fitted, digits, again):
    params = {"optimizer": keras.optimizers.SGD(0.05), "kernel_initializer": "he_normal"}
    params["loss"] = keras.losses.CategoricalCrossentropy(from_logits=True)
    loaded = again(VotingClassifier([("a", mlp(**params))], voting="soft").fit(*digits))
    classifier = loaded.estimators_[0] if is_fitted else loaded.estimators[0][1]
    for copied in (clone(classifier), pickle.loads(pickle.dumps(classifier))):
        assert copied.optimizer.get_config() == params["optimizer"].get_config()
        assert copied.optimizer is not classifier.optimizer
    classifier = again(loaded).estimators_[0]
    classifier.optimizer = "adam"
    copied = pickle.loads(pickle.dumps(classifier))
    assert isinstance(classifier.loss, keras.losses.CategoricalCrossentropy)
    assert (classifier.optimizer, copied.optimizer) == ("adam", "adam")


def test_callbacks_are_left_out(digits, again):
    stopping = keras.callbacks.EarlyStopping("loss", patience=9)
    classifier = mlp(callbacks=[stopping, keras.callbacks.TerminateOnNaN]).fit(*digits)
    loaded = again(classifier)
    assert loaded.callbacks is None
    assert classifier.callbacks == [stopping, keras.callbacks.TerminateOnNaN]
    np.testing.assert_array_equal(
        loaded.predict_proba(digits[0]), classifier.predict_proba(digits[0])
    )


def test_callbacks_of_scikit_learn_are_left_out(raw, again):
    callback = pytest.importorskip("sklearn.callback", reason="came with scikit-learn 1.9")
    for model in (pipeline(mlp), mlp()):
        model.set_callbacks(callback.ProgressBar()).fit(*raw)
        loaded = again(model)
        np.testing.assert_array_equal(loaded.predict(raw[0]), model.predict(raw[0]))
        assert set(vars(model)) - set(vars(loaded)) == {"_skl_callbacks"}


def test_a_history_may_hold_what_json_lacks(digits, again):
    classifier = mlp(epochs=1).fit(*digits)
    classifier.history_["val_loss"] = [np.inf, -np.inf, np.nan]
    np.testing.assert_array_equal(
        again(classifier).history_["val_loss"], [np.inf, -np.inf, np.nan]
    )


@both
def test_training_goes_on_after_loading(make, digits, again):
    X, y = digits
    classifier = make(warm_start=True, learning_rate_schedule="cosine").fit(X, y)
    loaded = again(classifier).fit(X, y)
    assert loaded.n_epochs_ == 2 * classifier.n_epochs_
    assert loaded.score(X, y) > classifier.score(X, y)
    loaded = again(make().fit(X, y))
    optimizer = loaded.model_.optimizer
    assert loaded.partial_fit(X, y).n_epochs_ == 4
    assert loaded.model_.optimizer is optimizer
    loaded.set_params(learning_rate=1e-4).partial_fit(X, y)
    assert float(loaded.model_.optimizer.learning_rate) == pytest.approx(1e-4)


def test_a_frozen_layer_stays_frozen(digits, again):
    classifier = mlp(batch_normalization=True).fit(*digits)
    classifier.model_.layers[0].trainable = False
    loaded = again(classifier)
    np.testing.assert_array_equal(
        loaded.predict_proba(digits[0]), classifier.predict_proba(digits[0])
    )
    loaded.partial_fit(*digits)
    for number, is_same in ((0, True), (-1, False)):
        found, before = (
            model.model_.layers[number].kernel.numpy() for model in (loaded, classifier)
        )
        assert np.array_equal(found, before) == is_same


# Files


def test_half_precision_halves_the_file_and_keeps_the_predictions(raw, tmp_path):
    model = pipeline(mlp, hidden_layer_sizes=(200,), epochs=4).fit(*raw)
    save_model(model, tmp_path / "m32")
    save_model(model, tmp_path / "m16", weights_dtype="float16")
    assert (tmp_path / "m16").stat().st_size < 0.6 * (tmp_path / "m32").stat().st_size
    loaded = load_model(tmp_path / "m16")
    assert {weight.dtype for weight in loaded[-1].model_.weights} == {"float32"}
    np.testing.assert_allclose(
        loaded.predict_proba(raw[0]), model.predict_proba(raw[0]), atol=0.01
    )


def test_another_dtype_is_refused(fitted, tmp_path):
    with pytest.raises(ValueError, match=r'"float32" or "float16", got "?\'int8\''):
        save_model(fitted, tmp_path / "m", weights_dtype="int8")


def test_a_file_is_replaced_whole_or_not_at_all(fitted, digits, tmp_path):
    path = tmp_path / "m.skdigits"
    save_model(fitted, path)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        save_model(mlp(activation=abs, epochs=1).fit(*digits), path)
    assert path.read_bytes() == before
    save_model(mlp(epochs=1).fit(*digits), path)
    assert path.read_bytes() != before
    assert [file.name for file in tmp_path.iterdir()] == ["m.skdigits"]


def test_a_file_that_is_missing_or_too_large_is_not_read(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "none")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**31)  # takes no room on the disk
    with pytest.raises(ModelFileError, match="has 2,147,483,648 bytes, and files of save_model"):
        load_model(tmp_path / "large")


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_file_is_an_error_and_never_another_model(small_file, data):
    content = bytearray(small_file)
    if data.draw(st.booleans()):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    with pytest.raises(ModelFileError, match=r"m cannot be loaded: .*(damaged|not a file of)"):
        model_from_bytes(bytes(content), "m")


def test_many_threads_can_load_at_once(fitted, raw, tmp_path):
    save_model(fitted, tmp_path / "m.skdigits")

    def load_and_predict(_):
        return load_model(tmp_path / "m.skdigits").predict_proba(raw[0])

    expected = fitted.predict_proba(raw[0])
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(load_and_predict, range(8)):
            np.testing.assert_array_equal(found, expected)


FRESH = """
import random, sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from skdigits import load_model

folder = sys.argv[1]
assert "tensorflow" not in sys.modules
before = random.getstate(), np.random.get_state()[1].tolist()
with ThreadPoolExecutor(2) as pool:
    models = list(pool.map(load_model, [folder + "/m.skdigits"] * 2))
assert (random.getstate(), np.random.get_state()[1].tolist()) == before
X = np.load(folder + "/X.npy")
for model in models:
    np.testing.assert_array_equal(model.predict_proba(X), np.load(folder + "/expected.npy"))
assert not {"keras", "tensorflow", "scikeras"} & set(sys.modules)
"""


def test_two_threads_of_a_new_process_load_without_a_trace(raw, tmp_path, run_python):
    fitted = pipeline(cnn, dropout=0.2, batch_normalization=True).fit(*raw)
    save_model(fitted, tmp_path / "m.skdigits")
    np.save(tmp_path / "X.npy", raw[0])
    np.save(tmp_path / "expected.npy", fitted.predict_proba(raw[0]))
    run_python("-c", FRESH, tmp_path)


WITHOUT_KERAS = """
import sys
import numpy as np
from skdigits import load_model

folder = sys.argv[1]
X, y = np.load(folder + "/X.npy"), np.load(folder + "/y.npy")
vote = load_model(folder + "/m.skdigits")
np.testing.assert_array_equal(vote.predict_proba(X), np.load(folder + "/expected.npy"))
assert vote.predict(X).shape == y.shape
for voter in vote.estimators_:
    np.testing.assert_array_equal(voter.decision_function(X).argmax(axis=1), voter.predict(X))
    assert voter[-1].prediction_backend_ == "onnxruntime"
assert not {"keras", "tensorflow"} & set(sys.modules)

fitted, unfitted = vote.estimators_[1][-1], vote.estimators[1][1][-1]
for classifier in (fitted, unfitted):
    optimizer = classifier.optimizer
    assert type(optimizer).__name__ == "Adam"
    assert optimizer.beta_1 == 0.8
    assert type(classifier.get_params()["kernel_initializer"]).__name__ == "HeNormal"
    assert classifier.callbacks is None
assert "keras" in sys.modules
assert fitted.optimizer is not unfitted.optimizer
before = fitted.score(X / 16, y)
assert fitted.set_params(warm_start=True).fit(X / 16, y).n_epochs_ == 2
assert fitted.partial_fit(X / 16, y).n_epochs_ == 3
assert fitted.model_.optimizer.beta_1 == 0.8
assert fitted.score(X / 16, y) > before
"""


def test_a_new_process_predicts_without_keras_and_goes_on_training_with_it(
    raw, tmp_path, run_python
):
    params = {
        "optimizer": keras.optimizers.Adam(0.01, beta_1=0.8),
        "kernel_initializer": keras.initializers.HeNormal(seed=1),
    }
    voters = [
        ("mlp", pipeline(mlp)),
        ("cnn", pipeline(cnn, epochs=1, learning_rate=None, batch_normalization=True, **params)),
    ]
    vote = VotingClassifier(voters, voting="soft").fit(*raw)
    save_model(vote, tmp_path / "m.skdigits")
    np.save(tmp_path / "X.npy", raw[0])
    np.save(tmp_path / "y.npy", raw[1])
    np.save(tmp_path / "expected.npy", vote.predict_proba(raw[0]))
    run_python("-c", WITHOUT_KERAS, tmp_path)


OTHERWISE_SET = """
import sys
import keras
import numpy as np

keras.config.set_dtype_policy(sys.argv[2])
keras.config.set_image_data_format("channels_first")
from skdigits import load_model, save_model

folder = sys.argv[1]
model = load_model(folder + "/m.skdigits")
np.testing.assert_array_equal(
    model.predict_proba(np.load(folder + "/X.npy")), np.load(folder + "/expected.npy")
)
save_model(model, folder + "/again")
"""


@pytest.mark.parametrize("policy", ["float16", "float64", "mixed_bfloat16", "mixed_float16"])
def test_a_file_loads_whatever_keras_is_set_to(policy, raw, tmp_path, run_python):
    fitted = pipeline(cnn, dropout=0.2, batch_normalization=True).fit(*raw)
    save_model(fitted, tmp_path / "m.skdigits")
    np.save(tmp_path / "X.npy", raw[0])
    np.save(tmp_path / "expected.npy", fitted.predict_proba(raw[0]))
    run_python("-c", OTHERWISE_SET, tmp_path, policy)
    assert (tmp_path / "again").read_bytes() == (tmp_path / "m.skdigits").read_bytes()


def test_no_path_of_this_machine_is_in_the_file(small_file):
    assert str(Path.home()).encode() not in small_file
    assert str(Path(__file__).parents[2]).encode() not in small_file


@pytest.mark.parametrize("kind", [int, str])
def test_the_label_of_outliers_is_kept(raw, again, kind):
    X, y = raw[0], raw[1].astype(kind)
    model = pipeline(mlp, outlier_label=y[9], outlier_threshold=0.5).fit(X, y)
    loaded = again(model)
    assert loaded[-1].outlier_label_ == model[-1].outlier_label_ == kind(9)
    assert loaded[-1].outlier_threshold == 0.5
    for method in ("predict", "predict_proba", "score_samples"):
        np.testing.assert_array_equal(getattr(loaded, method)(X), getattr(model, method)(X))
    assert not hasattr(again(pipeline(mlp).fit(X, y))[-1], "outlier_label_")
