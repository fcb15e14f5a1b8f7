"""A trained network predicts without Keras, and with the weights that its Keras model has now."""

from __future__ import annotations

import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import joblib
import keras
import numpy as np
import pytest

from skdigits import BaseKerasClassifier, ImageAugmentation, KerasMLPClassifier

from .._small import both, mlp


class Cubic(BaseKerasClassifier):
    """A network with an operation that no converter knows."""

    def _build_network(self, input_shape, n_classes):
        inputs = keras.Input(input_shape)
        hidden = keras.layers.Dense(8, name="hidden")(inputs)
        outputs = keras.layers.Dense(n_classes, name="logits")(hidden**3)
        return keras.Model(inputs, outputs, name="cubic")


def by_keras(classifier, X):
    """Compute the logits as Keras does."""
    x = X.reshape(len(X), *classifier.input_shape_)
    return np.asarray(classifier.model_(x, training=False))


def assert_follows(classifier, X):
    """Check that predictions are those of the weights that the Keras model has now."""
    # First: a network whose model_ somebody has read is watched from then on.
    found = classifier.decision_function(X)
    np.testing.assert_allclose(found, by_keras(classifier, X), rtol=1e-4, atol=1e-4)


@both
def test_a_network_of_ours_is_run_by_onnxruntime(make, digits):
    X, y = digits
    classifier = make(batch_normalization=True, dropout=0.2).fit(X, y)
    assert classifier.prediction_backend_ == "onnxruntime"
    assert_follows(classifier, X)


def test_a_network_that_onnx_cannot_express_is_run_by_tensorflow(digits):
    X, y = digits
    classifier = Cubic(epochs=1, random_state=0).fit(X, y)
    assert classifier.prediction_backend_ == "tensorflow"
    assert_follows(classifier, X)
    loaded = pickle.loads(pickle.dumps(classifier))
    assert loaded.prediction_backend_ == "tensorflow"
    np.testing.assert_array_equal(loaded.decision_function(X), classifier.decision_function(X))


def test_there_is_no_network_before_fit():
    for name in ("model_", "prediction_backend_"):
        assert not hasattr(mlp(), name)
        with pytest.raises(AttributeError, match=f"no attribute '{name}' before it is fitted"):
            getattr(mlp(), name)


def set_weights(model, X, y, folder):
    model.set_weights([2 * weight for weight in model.get_weights()])


def load_weights(model, X, y, folder):
    before = model.get_weights()
    model.set_weights([weight + 1 for weight in before])
    model.save_weights(folder / "w.weights.h5")
    model.set_weights(before)
    model.load_weights(folder / "w.weights.h5")


def assign(model, X, y, folder):
    model.layers[-1].bias.assign_add(np.ones(model.output_shape[1], np.float32))


def assign_a_part(model, X, y, folder):
    model.layers[-1].bias.value[0].assign(7.0)


def fit_outside(model, X, y, folder):
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(X.reshape(len(X), *model.input_shape[1:]), y, epochs=1, verbose=0)


def fit_one_layer_outside(model, X, y, folder):
    for layer in model.layers[:-1]:
        layer.trainable = False
    fit_outside(model, X, y, folder)


CHANGES = [set_weights, load_weights, assign, assign_a_part, fit_outside, fit_one_layer_outside]


@both
@pytest.mark.parametrize("change", CHANGES)
def test_predictions_follow_who_writes_into_the_network(change, make, digits, tmp_path):
    X, y = digits
    classifier = make(epochs=1).fit(X, y)
    model = classifier.model_
    before = classifier.decision_function(X)
    for _ in range(2):
        change(model, X, y, tmp_path)
        assert not np.allclose(classifier.decision_function(X), before)
        assert_follows(classifier, X)
    loaded = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(loaded.decision_function(X), classifier.decision_function(X))


def test_predictions_follow_a_loaded_network_too(digits, tmp_path):
    X, y = digits
    classifier = pickle.loads(pickle.dumps(mlp(epochs=1).fit(X, y)))
    before = classifier.decision_function(X)
    set_weights(classifier.model_, X, y, tmp_path)
    assert not np.allclose(classifier.decision_function(X), before)
    assert_follows(classifier, X)


def test_predictions_follow_a_callback_that_holds_the_network(digits):
    X, y = digits
    held = []

    class Holder(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            held[:] = [self.model]

    classifier = mlp(epochs=1, callbacks=Holder).fit(X, y)
    before = classifier.decision_function(X)
    held[0].set_weights([2 * weight for weight in held[0].get_weights()])
    assert not np.allclose(classifier.decision_function(X), before)
    assert_follows(classifier, X)


def test_predictions_follow_a_class_that_keeps_its_network(digits):
    X, y = digits
    built = []

    class Linear(BaseKerasClassifier):
        def _build_network(self, input_shape, n_classes):
            network = keras.Sequential([keras.Input(input_shape), keras.layers.Dense(n_classes)])
            built.append(network)
            return network

    classifier = Linear(epochs=1).fit(X, y)
    before = classifier.decision_function(X)
    built[0].set_weights([2 * weight for weight in built[0].get_weights()])
    assert not np.allclose(classifier.decision_function(X), before)


def test_predictions_follow_partial_fit_and_a_warm_start(digits):
    X, y = digits
    classifier = mlp(epochs=1, warm_start=True).fit(X, y)
    for train in (classifier.partial_fit, classifier.fit):
        before = classifier.decision_function(X)
        train(X, y)
        assert not np.array_equal(classifier.decision_function(X), before)
        assert_follows(classifier, X)


def test_predicting_in_the_midst_of_a_training_does_not_last(digits):
    X, y = digits
    classifier = mlp(epochs=1, warm_start=True).fit(X, y)

    class Predicting(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            classifier.predict(X)

    class Failing(Predicting):
        def on_train_end(self, logs=None):
            raise OSError("broken off")

    classifier.set_params(callbacks=Predicting).partial_fit(X, y)
    assert_follows(classifier, X)
    before = classifier.decision_function(X)
    with pytest.raises(OSError, match="broken off"):
        classifier.set_params(callbacks=Failing).fit(X, y)
    assert_follows(classifier, X)
    np.testing.assert_array_equal(classifier.decision_function(X), before)


def test_predicting_in_another_thread_while_training_does_not_last(digits):
    X, y = digits
    classifier = mlp(epochs=1).fit(X, y)
    stop = threading.Event()

    def predict():
        while not stop.is_set():
            classifier.decision_function(X)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(predict)
        for _ in range(5):
            classifier.partial_fit(X, y)
        stop.set()
    assert_follows(classifier, X)


class Ones(keras.initializers.Initializer):
    """An initialiser of one's own, without ``get_config``."""

    def __call__(self, shape, dtype=None):
        return keras.ops.ones(shape, dtype)


@keras.saving.register_keras_serializable()
class Small(keras.regularizers.Regularizer):
    """A regulariser of one's own."""

    def __call__(self, x):
        return 0.01 * keras.ops.sum(keras.ops.square(x))

    def get_config(self):
        return {}


class Regularized(BaseKerasClassifier):
    """A network with a part of its own that plays no part in predictions."""

    def _build_network(self, input_shape, n_classes):
        first = keras.layers.Dense(8, "relu", kernel_regularizer=Small(), name="hidden")
        layers = [keras.Input(input_shape), first, keras.layers.Dense(n_classes, name="logits")]
        return keras.Sequential(layers)


def test_own_code_that_takes_part_in_training_alone_does_not_need_tensorflow(digits):
    X, y = digits
    classifier = Regularized(epochs=1).fit(X, y)
    for each in (classifier, pickle.loads(pickle.dumps(classifier))):
        assert each.prediction_backend_ == "onnxruntime"
        assert_follows(each, X)
    own = mlp(kernel_initializer=Ones(), epochs=1).fit(X, y)
    assert_follows(own, X)


def test_an_error_within_a_property_is_not_hidden(digits):
    class Own(KerasMLPClassifier):
        @property
        def odd_(self):
            return self.missing

    with pytest.raises(AttributeError, match="'missing'"):
        _ = Own().odd_


SHOWN = """
import sys
import joblib

model = joblib.load(sys.argv[1])
classifier = model[0][-1]
model[0]._repr_html_(), repr(model[0]), dir(classifier)
for _ in range(2):
    loaded = {"keras", "tensorflow"} & set(sys.modules)
    assert not loaded, loaded
    classifier.predict(model[1])
classifier.model_
assert "model_" in dir(classifier)
"""


def test_a_notebook_shows_a_loaded_model_without_keras(digits, tmp_path, run_python):
    from sklearn.pipeline import make_pipeline

    X, y = digits
    joblib.dump((make_pipeline(mlp(epochs=1)).fit(X, y), X), tmp_path / "model.joblib")
    run_python("-c", SHOWN, tmp_path / "model.joblib")


def test_a_network_can_be_replaced(digits):
    X, y = digits
    classifier = mlp(epochs=1).fit(X, y)
    other = mlp(epochs=3).fit(X, y)
    classifier.model_ = other.model_
    np.testing.assert_array_equal(classifier.decision_function(X), other.decision_function(X))


@both
def test_a_sample_gets_the_same_logits_in_any_batch(make, digits):
    X, y = digits
    classifier = make(epochs=1, batch_normalization=True).fit(X, y)
    X = np.concatenate([X] * 3)
    expected = classifier.decision_function(X)
    for n_rows in (1, 2, 3, 7, 64, 257):
        parts = [
            classifier.decision_function(X[start : start + n_rows])
            for start in range(0, 300, n_rows)
        ]
        np.testing.assert_array_equal(np.concatenate(parts), expected[: sum(map(len, parts))])


@both
def test_threads_share_a_network(make, digits):
    X, y = digits
    classifier = pickle.loads(pickle.dumps(make(epochs=1).fit(X, y)))
    expected = pickle.loads(pickle.dumps(classifier)).decision_function(X)
    with ThreadPoolExecutor(16) as pool:
        for found in pool.map(lambda _: classifier.decision_function(X), range(64)):
            np.testing.assert_array_equal(found, expected)


@both
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies_predict_the_same(copied, make, digits):
    X, y = digits
    classifier = make(epochs=1).fit(X, y)
    expected = classifier.decision_function(X)
    np.testing.assert_array_equal(copied(classifier).decision_function(X), expected)


def test_an_old_pickle_is_read(digits):
    X, y = digits
    classifier = mlp(epochs=1).fit(X, y)
    state = classifier.__getstate__()
    stored = state.pop("_trained_network")
    training = stored["training"]
    state["model_"] = {
        "config": stored["architecture"],
        "state": [*stored["weights"], *training.pop("arrays")],
        **training,
    }
    copied = mlp()
    copied.__setstate__(state)
    np.testing.assert_array_equal(copied.decision_function(X), classifier.decision_function(X))
    assert copied.partial_fit(X, y).n_epochs_ == 2


@both
def test_a_pickle_without_later_parameters_is_read(make, digits):
    X, y = digits
    classifier = make(epochs=1).fit(X, y)
    state = classifier.__getstate__()
    for name in ("metrics", "monitor", "min_delta", "transform_layer"):
        del state[name]
    copied = object.__new__(type(classifier))
    copied.__setstate__(state)
    assert copied.get_params() == classifier.get_params()
    np.testing.assert_array_equal(copied.transform(X), classifier.transform(X))
    assert copied.partial_fit(X, y).n_epochs_ == 2


def same_name(function):
    """Give a function the name of one of Keras' activations."""
    function.__name__ = function.__qualname__ = "relu"
    return function


@pytest.mark.parametrize(
    "activation", [same_name(lambda x: x * abs(x)), keras.ops.gelu], ids=["own relu", "ops.gelu"]
)
def test_a_function_of_the_name_of_an_activation_is_not_taken_for_it(activation, digits):
    X, y = digits
    classifier = mlp(activation=activation, epochs=1).fit(X, y)
    assert classifier.prediction_backend_ == "tensorflow"
    assert_follows(classifier, X)
    with pytest.raises(pickle.PicklingError, match="Keras would take it for"):
        pickle.dumps(classifier)


def test_a_layer_that_keeps_statistics_follows_them(digits):
    X, y = digits

    class Standardized(BaseKerasClassifier):
        def _build_network(self, input_shape, n_classes):
            scale = keras.layers.Normalization(name="scale")
            scale.adapt(100 * X + 50)
            layers = [keras.Input(input_shape), scale, keras.layers.Dense(n_classes)]
            return keras.Sequential(layers)

    classifier = Standardized(epochs=1, random_state=0).fit(100 * X + 50, y)
    assert classifier.prediction_backend_ == "onnxruntime"
    assert_follows(classifier, 100 * X + 50)


FRESH = """
import sys
import joblib

model, X, expected = joblib.load(sys.argv[1])
found = model.decision_function(X)
assert (found == expected).all(), abs(found - expected).max()
model.predict_proba(X), model.predict_log_proba(X), model.score(X, model.predict(X))
model.transform(X)
loaded = {"keras", "tensorflow", "scikeras", "h5py"} & set(sys.modules)
assert not loaded, loaded
classifier = model[-1]
classifier.model_
assert "keras" in sys.modules
assert (model.decision_function(X) == expected).all()
assert classifier.optimizer.momentum == 0.9
"""


@both
def test_a_new_process_predicts_bit_for_bit_without_keras(make, digits, tmp_path, run_python):
    from sklearn.pipeline import make_pipeline

    from skdigits import ImageScaler

    X, y = digits
    model = make_pipeline(
        ImageScaler(data_range=(0, 1)),
        make(
            optimizer=keras.optimizers.SGD(
                keras.optimizers.schedules.CosineDecay(0.1, 100), momentum=0.9
            ),
            loss=keras.losses.CategoricalFocalCrossentropy(from_logits=True),
            kernel_initializer=keras.initializers.HeNormal(),
            learning_rate=None,
            batch_normalization=True,
            dropout=0.1,
            augmentation=ImageAugmentation(shift=1),
            test_time_shift=1,
            test_time_rotation=5.0,
        ),
    ).fit(X, y)
    joblib.dump((model, X, model.decision_function(X)), tmp_path / "model.joblib")
    run_python("-c", FRESH, tmp_path / "model.joblib")
