"""A fitted network is trained further: as frozen, as set, and never as another network."""

from __future__ import annotations

import pickle

import keras
import numpy as np
import pytest

from skdigits import BaseKerasClassifier
from skdigits.exceptions import NetworkShapeError

from .._small import both, mlp

#: Ways to train a fitted classifier further.
FURTHER = ["fit", "partial_fit"]


def train_further(classifier, how, digits):
    """Train on, and say which layers with weights have changed."""
    layers = [layer for layer in classifier.model_.layers if layer.weights]
    before = [layer.get_weights() for layer in layers]
    getattr(classifier, how)(*digits)
    return [
        not all(map(np.array_equal, old, layer.get_weights()))
        for old, layer in zip(before, layers, strict=True)
    ]


@both
@pytest.mark.parametrize("how", FURTHER)
def test_frozen_layers_stay_as_they_are_until_thawed(make, how, digits):
    classifier = make(warm_start=True).fit(*digits)
    first = classifier.model_.layers[0]
    first.trainable = False
    assert train_further(classifier, how, digits)[0] is False
    assert all(train_further(classifier, how, digits)[1:])
    first.trainable = True
    assert all(train_further(classifier, how, digits))


@both
def test_a_classifier_with_a_frozen_layer_is_pickled(make, digits):
    X, y = digits
    classifier = make().fit(X, y)
    classifier.model_.layers[0].trainable = False
    copy = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(copy.predict_proba(X), classifier.predict_proba(X))
    assert train_further(copy, "partial_fit", digits)[0] is False
    classifier.partial_fit(X, y)
    np.testing.assert_array_equal(copy.predict_proba(X), classifier.predict_proba(X))


def test_freezing_keeps_the_state_of_the_optimizer_for_the_others(digits):
    classifier = mlp(optimizer="adam").fit(*digits)
    last = classifier.model_.layers[-1].kernel

    def moments():
        optimizer = classifier.model_.optimizer
        names = [variable.path for variable in optimizer.variables]
        (i,) = [i for i, name in enumerate(names) if name.endswith("logits_kernel_momentum")]
        return optimizer.variables[i].numpy(), int(optimizer.iterations)

    before, steps = moments()
    assert np.abs(before).max() > 0
    assert before.shape == last.shape
    classifier.model_.layers[0].trainable = False
    pickle.dumps(classifier)
    after, steps_after = moments()
    np.testing.assert_array_equal(after, before)
    assert steps_after == steps


def kernel_norm(classifier):
    return float(np.linalg.norm(classifier.model_.layers[0].kernel))


def test_a_thawed_layer_does_not_shrink_where_the_optimizer_averages(digits):
    averaging = keras.optimizers.Adam(use_ema=True, ema_momentum=0.99)
    classifier = mlp(optimizer=averaging, learning_rate=0.001).fit(*digits)
    before = kernel_norm(classifier)
    for trainable in (False, True):
        classifier.model_.layers[0].trainable = trainable
        classifier.partial_fit(*digits)
    assert kernel_norm(classifier) == pytest.approx(before, rel=0.1)


def test_weights_do_not_shrink_where_the_optimizer_begins_to_average(digits):
    classifier = mlp(learning_rate=0.001).fit(*digits)
    before = kernel_norm(classifier)
    classifier.set_params(optimizer=keras.optimizers.Adam(use_ema=True)).partial_fit(*digits)
    assert kernel_norm(classifier) == pytest.approx(before, rel=0.1)


def test_the_first_steps_after_a_thaw_are_no_longer_than_the_learning_rate(digits):
    classifier = mlp(learning_rate=0.001, batch_size=300, epochs=1000).fit(*digits)
    for trainable in (False, True):
        classifier.model_.layers[0].trainable = trainable
        before = classifier.model_.layers[0].kernel.numpy()
        classifier.partial_fit(*digits)
    step = np.abs(classifier.model_.layers[0].kernel.numpy() - before)
    assert 0 < step.max() < 0.00101


@pytest.mark.parametrize("part", ["the network but its last layer", "a weight"])
def test_what_the_configuration_does_not_hold_stays_frozen_too(part, digits):
    classifier = mlp().fit(*digits)
    network = classifier.model_
    if part == "a weight":
        network.layers[0].kernel.trainable = False
    else:
        network.trainable = False
        network.layers[-1].trainable = True
    copy = pickle.loads(pickle.dumps(classifier))
    before = network.layers[0].kernel.numpy()
    for trained in (classifier, copy):
        trained.partial_fit(*digits)
        np.testing.assert_array_equal(trained.model_.layers[0].kernel.numpy(), before)
    np.testing.assert_array_equal(
        copy.model_.layers[0].bias.numpy(), network.layers[0].bias.numpy()
    )


class FreezeFirst(keras.callbacks.Callback):
    """Freeze a layer in the midst of a training, which Keras too does not see."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.layers[0].trainable = epoch == 0


def test_a_callback_that_freezes_leaves_other_fits_alone(digits):
    size = {"hidden_layer_sizes": (21,), "optimizer": "sgd"}
    expected = mlp(learning_rate=0.001, **size).fit(*digits).history_["loss"]
    mlp(callbacks=FreezeFirst, learning_rate=0.1, **size).fit(*digits)
    assert mlp(learning_rate=0.001, **size).fit(*digits).history_["loss"] == expected


@both
def test_partial_fit_uses_a_changed_learning_rate(make, digits):
    classifier = make().fit(*digits).set_params(learning_rate=1e-12)
    before = classifier.model_.get_weights()
    classifier.partial_fit(*digits)
    for old, new in zip(before, classifier.model_.get_weights(), strict=True):
        np.testing.assert_allclose(old, new, atol=1e-6)


def test_partial_fit_learns_after_a_schedule_that_has_come_to_zero(digits):
    classifier = mlp(learning_rate_schedule="one_cycle").fit(*digits)
    classifier.set_params(learning_rate_schedule=None)
    assert train_further(classifier, "partial_fit", digits) == [True, True]
    assert float(classifier.model_.optimizer.learning_rate) > 0


def test_partial_fit_keeps_its_optimizer_where_nothing_was_set(digits):
    classifier = mlp().partial_fit(*digits, classes=range(10))
    optimizer = classifier.model_.optimizer
    classifier.partial_fit(*digits)
    assert classifier.model_.optimizer is optimizer
    classifier.set_params(loss="categorical_hinge").partial_fit(*digits)
    assert type(classifier.model_.loss).__name__ == "CategoricalHinge"


def test_a_learning_rate_that_a_callback_has_lowered_stays_also_in_a_copy(digits):
    classifier = mlp(learning_rate=0.01).fit(*digits)
    classifier.model_.optimizer.learning_rate = 1e-5
    copy = pickle.loads(pickle.dumps(classifier))
    for trained in (classifier, copy):
        trained.partial_fit(*digits)
        assert float(trained.model_.optimizer.learning_rate) == pytest.approx(1e-5)
    np.testing.assert_array_equal(
        copy.predict_proba(digits[0]), classifier.predict_proba(digits[0])
    )


class Stored(BaseKerasClassifier):
    """Build a network from a list, and the same one each time."""

    def __init__(self, sizes=None, *, epochs=1, warm_start=True):
        super().__init__(epochs=epochs, warm_start=warm_start)
        self.sizes = sizes

    def _build_network(self, input_shape, n_classes):
        layers = [keras.layers.Dense(size) for size in [*self.sizes, n_classes]]
        self._network = getattr(self, "_network", None)
        if self._network is None or len(layers) != len(self._network.layers):
            self._network = keras.Sequential([keras.Input(input_shape), *layers])
        return self._network


@pytest.mark.parametrize("how", FURTHER)
def test_a_stored_network_is_trained_further_and_a_longer_list_is_refused(how, digits):
    classifier = Stored(sizes=[7]).fit(*digits)
    assert all(train_further(classifier, how, digits))
    classifier.sizes.append(5)
    with pytest.raises(ValueError, match=r"shape \(7, 5\),.* has \(7, 10\)"):
        getattr(classifier, how)(*digits)


@pytest.mark.parametrize("how", FURTHER)
def test_parameters_of_another_network_are_refused(how, digits):
    X, y = digits
    classifier = mlp(hidden_layer_sizes=(8,), warm_start=True).fit(X, y)
    expected = classifier.predict_proba(X)
    classifier.set_params(hidden_layer_sizes=(9,))
    with pytest.raises(ValueError, match=r"shape \(64, 9\),.* has \(64, 8\).*warm_start=False"):
        getattr(classifier, how)(X, y)
    np.testing.assert_array_equal(classifier.predict_proba(X), expected)
    assert classifier.n_epochs_ == 3
    classifier.set_params(warm_start=False).fit(X, y)
    assert classifier.model_.count_params() == 65 * 9 + 10 * 10


@pytest.mark.parametrize("how", FURTHER)
@pytest.mark.parametrize(
    ("layers", "match"),
    [
        ([keras.Input((64,)), keras.layers.Dense(10, activation="softmax")], "ends in logits"),
        ([keras.layers.Dense(10)], "begins with keras.Input"),
        ([keras.Input((64,)), keras.layers.Dense(9)], r"output shape \(None, 10\)"),
    ],
    ids=["softmax", "no input", "outputs"],
)
def test_changed_parameters_of_an_unfit_network_are_refused(layers, match, how, digits):
    class Own(BaseKerasClassifier):
        def _build_network(self, input_shape, n_classes):
            last = [keras.Input(input_shape), keras.layers.Dense(n_classes)]
            return keras.Sequential(getattr(self, "layers", last))

        def get_params(self, deep=True):
            return super().get_params(deep) | {"layers": len(getattr(self, "layers", []))}

    classifier = Own(epochs=1, warm_start=True).fit(*digits)
    classifier.layers = layers
    with pytest.raises(NetworkShapeError, match=match):
        getattr(classifier, how)(*digits)


def test_balanced_weights_are_refused_before_anything_is_set(digits):
    classifier = mlp(class_weight="balanced")
    with pytest.raises(ValueError, match="balanced"):
        classifier.partial_fit(*digits, classes=range(10))
    assert not hasattr(classifier, "classes_")
