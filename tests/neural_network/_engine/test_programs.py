"""Compiled programs: shared between equal structures, never unlike ones; which XLA compiles."""

from __future__ import annotations

import gc
import weakref

import keras
import numpy as np
import pytest

from skdigits import BaseKerasClassifier
from skdigits.neural_network._engine import _epoch, _programs
from skdigits.neural_network._engine._compiled_prediction import predict_logits
from skdigits.neural_network._engine._programs import ProgramPool
from skdigits.neural_network._engine._storage import restore_network, store_network
from skdigits.neural_network._engine._structure import structure_key

from ..._small import both, cnn, figures, mlp


@pytest.fixture
def traced(monkeypatch):
    """Count how often TensorFlow traces Keras' step of an optimiser, and its pass of a network."""
    counts = {"train": 0, "predict": 0}

    def count(name, real):
        def run(*args, **kwargs):
            counts[name] += 1
            return real(*args, **kwargs)

        return run

    for name, owner, method in [
        ("train", keras.optimizers.Optimizer, "apply"),
        ("predict", keras.Sequential, "call"),
    ]:
        monkeypatch.setattr(owner, method, count(name, getattr(owner, method)))
    return counts


@both
def test_fits_that_differ_in_numbers_are_traced_once(make, digits, traced):
    X, y = digits
    for i, rate in enumerate([0.001, 0.01, 0.1]):
        classifier = make(hidden_layer_sizes=(13,), learning_rate=rate, random_state=i)
        classifier.set_params(batch_size=16 + i, epochs=1 + i).fit(X[: 200 + i], y[: 200 + i])
        classifier.predict(X)
        predict_logits(classifier.model_, X.reshape(len(X), *classifier.input_shape_))
    assert traced == {"train": 1, "predict": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"hidden_layer_sizes": (15,)},
        {"activation": "tanh"},
        {"dropout": 0.1},
        {"optimizer": "sgd"},
        {"optimizer": keras.optimizers.Adam(beta_1=0.5)},
        {"learning_rate_schedule": "cosine"},
        {"loss": "categorical_hinge"},
        {"augmentation": "light"},
    ],
    ids=lambda change: "-".join(change),
)
def test_other_structure_is_traced_anew(change, digits, traced):
    mlp(hidden_layer_sizes=(14,)).fit(*digits)
    before = traced["train"]
    mlp(**({"hidden_layer_sizes": (14,)} | change)).fit(*digits)
    assert traced["train"] == before + 1


def own_loss(factor):
    class Scaled(keras.losses.Loss):
        def call(self, y_true, y_pred):
            loss = keras.losses.categorical_crossentropy(y_true, y_pred, from_logits=True)
            return factor * loss

    return Scaled()


def own_activation(factor):
    def activation(x):
        return factor * keras.ops.tanh(x)

    return activation


def own_callable(factor):
    class Scaled:
        def __call__(self, x):
            return factor * keras.ops.tanh(x)

        def get_config(self):
            return {}

    return Scaled()


def own_initializer(factor):
    class Constant(keras.initializers.Initializer):
        def __call__(self, shape, dtype=None, **kwargs):
            values = np.random.RandomState(0).normal(0, factor * 0.1, shape)
            return keras.ops.convert_to_tensor(values, dtype)

    return Constant()


def own_optimizer(factor):
    class Descent(keras.optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient * factor, variable, learning_rate)

    return Descent()


def own_layer(factor):
    class Scale(keras.layers.Layer):
        def call(self, x):
            return factor * x

    return Scale()


OWN = [
    ("loss", own_loss),
    ("activation", own_activation),
    ("activation", own_callable),
    ("kernel_initializer", own_initializer),
    ("optimizer", own_optimizer),
]


@pytest.mark.parametrize(("parameter", "make_own"), OWN)
def test_own_objects_of_one_name_are_not_mixed_up(parameter, make_own, digits):
    X, y = digits
    one, two = ({parameter: make_own(factor)} for factor in (1.0, 3.0))
    assert type(one[parameter]).__name__ == type(two[parameter]).__name__
    first, second, again = (mlp(**own).fit(X, y) for own in (one, two, one))
    assert figures(first) == figures(again)
    assert figures(first) != figures(second)
    np.testing.assert_array_equal(first.predict_proba(X), again.predict_proba(X))
    assert (first.predict_proba(X) != second.predict_proba(X)).any()


def own_network(factor):
    return keras.Sequential([keras.Input((64,)), own_layer(factor), keras.layers.Dense(10)])


def test_own_layers_of_one_name_are_not_mixed_up(digits):
    class Own(BaseKerasClassifier):
        def _build_network(self, input_shape, n_classes):
            return own_network(self.factor)

    histories = []
    for factor in (1.0, 3.0, 1.0):
        classifier = Own(random_state=0, epochs=1)
        classifier.factor = factor
        histories.append(figures(classifier.fit(*digits)))
        expected = classifier.model_.predict(digits[0], verbose=0)
        np.testing.assert_allclose(classifier.decision_function(digits[0]), expected, atol=1e-5)
    assert histories[0] == histories[2] != histories[1]


def test_structure_key_is_none_for_what_is_not_keras_own():
    plain = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="a")])
    renamed = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="b")])
    wider = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    assert structure_key(plain) == structure_key(renamed) is not None
    assert structure_key(plain) != structure_key(wider)
    assert structure_key(keras.optimizers.SGD(0.1)) == structure_key(keras.optimizers.SGD(0.2))
    assert structure_key(keras.optimizers.SGD(0.1)) != structure_key(
        keras.optimizers.SGD(nesterov=True)
    )
    for own in (own_network(1.0), own_loss(1.0), own_optimizer(1.0)):
        assert structure_key(plain, own) is None
    for activation in (own_activation(1.0), lambda x: x):
        layers = [keras.Input((4,)), keras.layers.Dense(2, activation=activation)]
        assert structure_key(keras.Sequential(layers)) is None
    layers = [keras.Input((4,)), keras.layers.Lambda(lambda x: x)]
    assert structure_key(keras.Sequential(layers)) is None


@both
def test_fitted_network_is_freed_with_its_classifier(make, digits):
    for activation in ("relu", own_activation(1.0)):
        classifier = make(activation=activation).fit(*digits)
        classifier.predict(digits[0])
        network = weakref.ref(classifier.model_)
        del classifier
        gc.collect()
        assert network() is None


def test_pool_gives_each_program_once_and_forgets_the_oldest():
    pool = ProgramPool(capacity=2)
    numbers = iter(range(10))

    def make():
        return next(numbers)

    first, second = pool.take("a", make), pool.take("a", make)
    assert (first, second) == (0, 1)
    pool.give_back("a", first)
    assert pool.take("a", make) == 0
    for key, program in [("a", 0), ("b", 1), ("c", 2)]:
        pool.give_back(key, program)
    assert [pool.take(key, make) for key in "cba"] == [2, 1, 2]  # "a" is made anew


@pytest.mark.parametrize("other", ["tanh", "sigmoid"])
def test_layer_named_like_its_activation_is_not_taken_for_another(other):
    def network(activation):
        layers = keras.layers
        return keras.Sequential(
            [
                keras.Input((4,)),
                layers.Dense(3, name="h"),
                layers.Activation(activation, name=activation),
                layers.Dense(2),
            ]
        )

    assert structure_key(network("relu")) == structure_key(network("relu")) is not None
    assert structure_key(network("relu")) != structure_key(network(other))


def test_precision_is_part_of_the_structure():
    def network(dtype):
        return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, dtype=dtype)])

    assert structure_key(network("float32")) != structure_key(network("mixed_bfloat16"))


def test_network_that_keeps_tensors_is_trained_and_pickled_as_it_is(digits):
    X, y = digits[0] * 100 + 50, digits[1]

    class Standardized(BaseKerasClassifier):
        def _build_network(self, input_shape, n_classes):
            scale = keras.layers.Normalization(name="scale")
            scale.adapt(X)
            dense = keras.layers.Dense(n_classes, name="logits")
            return keras.Sequential([keras.Input(input_shape), scale, dense])

    classifier = Standardized(epochs=30, learning_rate=0.01, random_state=0).fit(X, y)
    assert classifier.score(X, y) > 0.8
    expected = classifier.model_.predict(X, verbose=0)
    np.testing.assert_allclose(classifier.decision_function(X), expected, rtol=1e-4, atol=1e-4)
    copy = restore_network(store_network(classifier.model_))
    np.testing.assert_allclose(predict_logits(copy, X), expected, rtol=1e-4, atol=1e-4)


@pytest.fixture
def compiled(monkeypatch):
    """Note the batches that XLA trains."""
    calls = []
    real = _epoch.WholeBatches.train

    def train(self, buffer, n_rows, seed):
        calls.append(n_rows)
        return real(self, buffer, n_rows, seed)

    monkeypatch.setattr(_epoch.WholeBatches, "train", train)
    monkeypatch.setattr(_programs, "_STEPS_WORTH_COMPILING", 10)
    return calls


def test_long_fit_of_a_dense_network_is_compiled_by_xla(digits, compiled):
    # 300 samples: 9 whole batches of 32, and 12 samples more.
    mlp(epochs=2, batch_size=32).fit(*digits)
    assert compiled == [288, 288]


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (mlp, {"epochs": 1}),
        (mlp, {"epochs": 2, "batch_size": 301}),
        (cnn, {"epochs": 2}),
    ],
    ids=["few steps", "no whole batch", "convolutions"],
)
def test_other_fits_are_not(make, options, digits, compiled):
    make(**({"batch_size": 32} | options)).fit(*digits)
    assert compiled == []


def test_build_of_tensorflow_without_xla_trains_all_the_same(digits, compiled, monkeypatch):
    monkeypatch.setattr(_programs, "_has_xla", lambda: False)
    assert mlp(epochs=2, batch_size=32).fit(*digits).n_epochs_ == 2
    assert compiled == []


@pytest.mark.parametrize("options", [{}, {"dropout": 0.3}, {"augmentation": "light"}])
def test_fit_by_xla_repeats_bit_for_bit(options, digits, compiled):
    first, second, other = (
        mlp(epochs=3, batch_size=32, random_state=seed, **options).fit(*digits).decision_function
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first(digits[0]), second(digits[0]))
    assert (first(digits[0]) != other(digits[0])).any()
    assert compiled


@pytest.mark.parametrize("options", [{"dropout": 0.5}, {"augmentation": "strong"}])
def test_fit_by_xla_learns_as_the_kernels_do(options, digits, compiled, monkeypatch):
    scores = []
    for least in (0, np.inf):
        monkeypatch.setattr(_programs, "_STEPS_WORTH_COMPILING", least)
        made = [mlp(epochs=30, random_state=i, **options).fit(*digits) for i in range(4)]
        scores.append([classifier.history_["loss"][-1] for classifier in made])
    by_xla, by_kernels = map(np.array, scores)
    assert abs(by_xla.mean() - by_kernels.mean()) < 4 * np.hypot(by_xla.std(), by_kernels.std())


def test_long_and_short_fits_of_one_structure_do_not_share_a_program(digits, compiled):
    for epochs in (2, 1, 2):
        mlp(hidden_layer_sizes=(9,), epochs=epochs, batch_size=32).fit(*digits)
    assert len(compiled) == 4
