"""Keras' own objects are described by plain values, and checked without Keras."""

from __future__ import annotations

import inspect
import json
from operator import attrgetter

import keras
import numpy as np
import pytest

from skdigits.exceptions import ModelFileError
from skdigits.neural_network._engine._keras_names import OPTIMIZERS
from skdigits.neural_network._engine._pickling import make_object
from skdigits.persistence._keras_objects import NAMES, describe_keras_object, keras_parameter

#: Arguments of the classes that cannot be made without.
NEEDED = {
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 10},
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
    "PiecewiseConstantDecay": {
        "boundaries": (5, np.int64(9)),
        "values": [0.1, np.float32(0.5), 0.001],
    },
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
}
PARAMETERS = {
    "initializers": "kernel_initializer",
    "losses": "loss",
    "optimizers": "optimizer",
    "optimizers.schedules": "learning_rate_schedule",
}
CLASSES = [f"{group}.{name}" for group in PARAMETERS for name in NAMES[group].split()]


def made_again(name, thing):
    """Describe an object in JSON, and make it of that."""
    described = json.loads(json.dumps(describe_keras_object(thing)))
    return make_object(keras_parameter(name, described))


def test_every_optimizer_that_has_a_name_can_be_saved_as_an_object():
    assert {f"optimizers.{kind}" for kind in OPTIMIZERS.values()} <= set(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_comes_back_with_its_settings(name):
    group, _, simple_name = name.rpartition(".")
    kind = attrgetter(name)(keras)
    arguments = dict(NEEDED.get(simple_name, {}))
    if "seed" in inspect.signature(kind).parameters:
        arguments["seed"] = 3
    thing = kind(**arguments)
    again = made_again(PARAMETERS[group], thing)
    assert type(again) is kind
    expected = json.dumps(thing.get_config(), default=lambda number: number.item())
    assert json.dumps(again.get_config()) == expected


def test_a_schedule_inside_an_optimiser_comes_as_an_object():
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    optimizer = keras.optimizers.Adam(schedule)
    again = made_again("optimizer", optimizer)
    assert again.get_config() == optimizer.get_config()


class OwnAdam(keras.optimizers.Adam):
    """An optimiser of one's own."""


class CosineDecay(keras.optimizers.schedules.CosineDecay):
    """A schedule of one's own, named like one of Keras'."""


@pytest.mark.parametrize(
    "thing",
    [
        OwnAdam(),
        CosineDecay(0.1, 10),
        keras.optimizers.Adam(CosineDecay(0.1, 10)),
        keras.layers.Dense(3),
        keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(0)),
        keras.activations.relu,
    ],
    ids=["own class", "own schedule", "own within", "layer", "generator within", "function"],
)
def test_all_else_is_not_described(thing):
    assert describe_keras_object(thing) is None


def adam(**changes):
    """Describe an optimiser as nobody would."""
    return describe_keras_object(keras.optimizers.Adam()) | changes


@pytest.mark.parametrize(
    ("parameter", "described", "match"),
    [
        ("optimizer", adam(class_name="deserialize"), "Keras class 'deserialize'"),
        ("optimizer", adam(class_name=["Adam"]), r"Keras class \['Adam'\]"),
        ("optimizer", adam(class_name="SGD Adam"), "Keras class 'SGD Adam'"),
        ("optimizer", adam(module="os"), "Keras class 'Adam', which cannot"),
        ("optimizer", adam(registered_name="my>Adam"), "Keras class 'Adam', which cannot"),
        ("optimizer", adam(build_config={}), "Keras class 'Adam', which cannot"),
        ("loss", adam(), "Keras class 'Adam', which cannot be loaded from keras.losses"),
        ("loss", adam(module="keras.layers", class_name="Lambda"), "Keras class 'Lambda'"),
        ("epochs", adam(), "'epochs' is no parameter for a Keras object"),
        (
            "optimizer",
            adam(config={"learning_rate": {"class_name": "system", "config": {}}}),
            "Keras class 'system'",
        ),
        ("optimizer", adam(config={"learning_rate": adam()}), "Keras class 'Adam'"),
        ("optimizer", adam(config={"learning_rate": [adam()]}), "not a plain value"),
        ("optimizer", adam(config={"learning_rate": np.nan}), "not a plain value"),
        ("optimizer", adam(config={"learning_rate": [0.1] * 1001}), "has 1,001 values"),
    ],
)
def test_what_keras_would_make_otherwise_is_refused(parameter, described, match):
    with pytest.raises(ModelFileError, match=match):
        keras_parameter(parameter, described)
