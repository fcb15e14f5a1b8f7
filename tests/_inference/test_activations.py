"""Activations give what Keras gives, for huge and tiny inputs too."""

import keras
import numpy as np
import pytest
from keras import layers

from skdigits._inference import Session, UnsupportedLayerError
from skdigits.neural_network._parameters import ACTIVATIONS

from ._networks import architecture_of, converted, network_of, random_weights, samples

#: Names that Keras knows and the graph does not: `threshold` cannot be called by its name alone,
#: `glu` halves its input, and `sparsemax` sorts.
UNSUPPORTED = {"glu", "sparsemax", "threshold"}
NAMES = sorted(set(keras.src.activations.ALL_OBJECTS_DICT) - UNSUPPORTED)


def inputs():
    """Return values of every size, and those next to which an activation bends."""
    large = [1000, 500, 100, 88, 20, 6, 3, 2, 1, 0.5, 0.1, 1e-3, 1e-6, 1e-20, 1e-40]
    around = [np.nextafter(np.float32(bend), np.float32(0)) for bend in (6, 3, 1, 0.5)]
    ordinary = np.random.default_rng(0).normal(size=100) * 3
    values = np.concatenate([large, around, ordinary, [0]])
    return np.concatenate([values, -values]).astype("float32").reshape(-1, 8)


def test_every_parameter_of_the_classifiers_is_supported():
    assert set(NAMES) >= ACTIVATIONS


@pytest.mark.parametrize("name", NAMES)
def test_activation_gives_what_keras_gives(name):
    network = network_of((8,), layers.Activation(name))
    x = inputs()
    expected = keras.ops.convert_to_numpy(network(x, training=False))
    np.testing.assert_allclose(converted(network, x), expected, rtol=3e-6, atol=3e-7)


@pytest.mark.parametrize("name", NAMES)
def test_activation_of_huge_values_is_as_finite_as_in_keras(name):
    network = network_of((4,), layers.Activation(name))
    x = np.array([[1e30, -1e30, 3e38, -3e38], [1e4, -1e4, 1e10, -1e10]], dtype="float32")
    expected = keras.ops.convert_to_numpy(network(x, training=False))
    actual = converted(network, x)
    np.testing.assert_array_equal(np.isnan(actual), np.isnan(expected))
    np.testing.assert_allclose(actual, expected, rtol=3e-6, atol=3e-7)


@pytest.mark.parametrize("layer", [*NAMES, layers.ELU(alpha=0.7)], ids=str)
@pytest.mark.parametrize("n_units", [5, 17, 127])
def test_a_row_gets_the_same_bits_in_any_batch(layer, n_units):
    layer = layers.Activation(layer) if isinstance(layer, str) else layer
    network = network_of((n_units,), layer, layers.Dense(3))
    session = Session(architecture_of(network), random_weights(network))
    x = samples((n_units,), n=257)
    alone = np.concatenate([session(x[i : i + 1]) for i in range(len(x))])
    for n_rows in (2, 3, 7, 13, 64, 257):
        np.testing.assert_array_equal(session(x[:n_rows]), alone[:n_rows])
        np.testing.assert_array_equal(session(x[-n_rows:]), alone[-n_rows:])


@pytest.mark.parametrize("name", ["elu", "mish", "selu", "softplus"])
def test_what_is_not_a_number_stays_so(name):
    x = np.full((1, 9), np.nan, "float32")
    assert np.isnan(converted(network_of((9,), layers.Activation(name)), x)).all()


@pytest.mark.parametrize("name", ["glu", "sparsemax"])
def test_other_activations_are_refused_by_name(name):
    with pytest.raises(UnsupportedLayerError, match=name):
        converted(network_of((8,), layers.Activation(name, name="bent")), inputs())


def doubled(x):
    """Stand for a function of the user's."""
    return 2 * x


@pytest.mark.parametrize("activation", [doubled, keras.ops.cos])
def test_functions_are_refused(activation):
    network = network_of((8,), layers.Dense(2, activation=activation, name="own"))
    with pytest.raises(UnsupportedLayerError, match="'own'"):
        converted(network, inputs())


def test_class_of_another_module_is_refused():
    class Dense(layers.Dense):
        pass

    with pytest.raises(UnsupportedLayerError, match="Dense"):
        converted(network_of((8,), Dense(2)), inputs())
