"""Whatever a user has set for Keras as a whole, our networks are what they always are."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys

import cloudpickle
import keras
import numpy as np
import pytest

from skdigits import BaseKerasClassifier

from .._small import mlp

#: What a program sets before it uses a classifier.
SETTINGS = {
    "nothing": "pass",
    "channels_first": "keras.config.set_image_data_format('channels_first')",
    "mixed_float16": "keras.config.set_dtype_policy('mixed_float16')",
    "mixed_bfloat16": "keras.config.set_dtype_policy('mixed_bfloat16')",
    "policy_float64": "keras.config.set_dtype_policy('float64')",
    "policy_float16": "keras.config.set_dtype_policy('float16')",
    "floatx_float64": "keras.config.set_floatx('float64')",
    "floatx_float16": "keras.config.set_floatx('float16')",
    "floatx_bfloat16": "keras.config.set_floatx('bfloat16')",
}

#: Under each setting: fits, goes on, pickles, saves and loads; loads under the default too.
PROGRAM = """
import json, pickle, sys
import keras, numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits
from skdigits import KerasCNNClassifier, KerasMLPClassifier, load_model, save_model

settings, path = json.loads(sys.argv[1]), sys.argv[2]
X, y = load_digits(return_X_y=True)
X, y = X[:200] / 16, y[:200]
# A rate that float16 has exactly: Keras keeps rates in floatx.
shared = dict(learning_rate=2**-7, batch_normalization=True, dropout=0.1, random_state=0)
classifiers = [
    KerasMLPClassifier(hidden_layer_sizes=(16,), epochs=2, validation_fraction=0.2, **shared),
    KerasCNNClassifier(filters=(4,), hidden_layer_sizes=(), epochs=1, conv_dropout=0.1,
                       augmentation="light", **shared),
    KerasMLPClassifier(hidden_layer_sizes=(), epochs=2, weight_averaging=0.5, **shared),
]

def is_loaded_alike(packed, logits):
    for load in (pickle.loads(packed), load_model(path)):
        np.testing.assert_array_equal(load.decision_function(X), logits)

for name, setting in settings.items():
    found = []
    for classifier in classifiers:
        exec(setting)
        fitted = clone(classifier).fit(X, y)
        assert {weight.dtype for weight in fitted.model_.weights} == {"float32"}
        logits = fitted.decision_function(X)
        packed = pickle.dumps(fitted)
        save_model(fitted, path)
        is_loaded_alike(packed, logits)
        if not classifier.weight_averaging:
            fitted.partial_fit(X, y)
        found.append([logits.tolist(), fitted.decision_function(X).tolist()])
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")
        keras.config.set_image_data_format("channels_last")
        is_loaded_alike(packed, logits)
    print(json.dumps([name, found]))
"""


@pytest.fixture(scope="module")
def found(run_python, tmp_path_factory):
    """Give what came of each setting."""
    path = tmp_path_factory.mktemp("settings") / "model.skdigits"
    lines = run_python("-c", PROGRAM, json.dumps(SETTINGS), path).splitlines()
    return dict(map(json.loads, lines))


@pytest.mark.parametrize("setting", [name for name in SETTINGS if name != "nothing"])
def test_fits_pickles_and_files_are_the_same_bit_for_bit(setting, found):
    assert found[setting] == found["nothing"]


# A network of one's own may choose


def network_of(dtype):
    class Own(BaseKerasClassifier):
        def _build_network(self, input_shape, n_classes):
            layers = keras.layers
            return keras.Sequential(
                [
                    keras.Input(input_shape),
                    layers.Dense(16, "relu", dtype=dtype, name="hidden"),
                    layers.Dense(n_classes, dtype=dtype, name="logits"),
                ],
                name="own",
            )

    return Own(learning_rate=0.01, epochs=10, random_state=0)


@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_bfloat16"])
def test_a_network_of_ones_own_may_choose_its_precision(dtype, digits):
    X, y = digits
    classifier = network_of(dtype).fit(X, y)
    assert classifier.score(X, y) > 0.8
    logits = classifier.decision_function(X)
    # By value: the class is local to a function.
    loaded = pickle.loads(cloudpickle.dumps(classifier))
    np.testing.assert_array_equal(loaded.decision_function(X), logits)
    for each in (classifier, loaded):
        each.partial_fit(X, y)
    np.testing.assert_array_equal(loaded.decision_function(X), classifier.decision_function(X))
    listened = network_of(dtype).set_params(callbacks=keras.callbacks.TerminateOnNaN())
    assert listened.fit(X, y).score(X, y) > 0.8


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "mixed_float16"])
def test_a_precision_that_loses_the_steps_of_a_training_is_refused_by_name(dtype, digits):
    with pytest.raises(ValueError, match=r"layer 'hidden' computes in b?float16.*mixed_bfloat16"):
        network_of(dtype).fit(*digits)


def test_an_optimiser_for_float16_is_refused_by_name(digits):
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam())
    with pytest.raises(ValueError, match=r"LossScaleOptimizer.*Pass the inner optimiser: Adam"):
        mlp(optimizer=scaled).fit(*digits)


def test_model_fit_is_refused_where_keras_sums_too_coarsely(digits):
    listening = mlp(callbacks=keras.callbacks.TerminateOnNaN())
    keras.config.set_floatx("float16")
    try:
        with pytest.raises(ValueError, match=r"set_floatx\(\"float32\"\).*TerminateOnNaN has"):
            listening.fit(*digits)
    finally:
        keras.config.set_floatx("float32")


# Silence


def test_a_search_over_many_structures_prints_nothing(run_python):
    program = """
import numpy as np
from sklearn.model_selection import GridSearchCV
from skdigits import KerasMLPClassifier
X = np.random.RandomState(0).random_sample((60, 9))
grid = {"hidden_layer_sizes": [(n,) for n in range(1, 8)], "validation_fraction": [0.3]}
GridSearchCV(KerasMLPClassifier(epochs=1), grid, cv=2).fit(X, np.arange(60) % 2)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr
    assert "retracing" not in done.stderr
    assert "WARNING:" not in done.stderr.replace("WARNING: All log messages before", "")
    assert done.stdout == ""
