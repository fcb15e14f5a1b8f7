"""Keras' own objects are described by plain values, and made by their constructors."""

from __future__ import annotations

import inspect
import json

import keras
import pytest

from skdigits.exceptions import ModelFileError
from skdigits.neural_network._engine._plan import OPTIMIZERS
from skdigits.persistence._keras_objects import (
    CLASSES,
    describe_keras_object,
    make_keras_object,
)

#: Arguments of the classes that cannot be made without.
NEEDED = {
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 10},
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
    "PiecewiseConstantDecay": {"boundaries": [5, 9], "values": [0.1, 0.01, 0.001]},
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
}


def test_every_optimizer_that_has_a_name_can_be_saved_as_an_object():
    assert {f"optimizers.{kind}" for kind in OPTIMIZERS.values()} <= set(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_comes_back_with_its_settings(name):
    arguments = dict(NEEDED.get(name.rpartition(".")[2], {}))
    if "seed" in inspect.signature(CLASSES[name]).parameters:
        arguments["seed"] = 3
    thing = CLASSES[name](**arguments)
    described = describe_keras_object(thing)
    assert described["class"] == name
    config = json.loads(json.dumps(described["config"]))
    assert make_keras_object(name, config).get_config() == thing.get_config()


def test_a_schedule_inside_an_optimiser_comes_as_an_object():
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    config = describe_keras_object(keras.optimizers.Adam(schedule))["config"]
    assert type(config["learning_rate"]) is type(schedule)
    assert config["learning_rate"].get_config() == schedule.get_config()


class OwnAdam(keras.optimizers.Adam):
    """An optimiser of one's own."""


@pytest.mark.parametrize(
    "thing",
    [
        OwnAdam(),
        keras.layers.Dense(3),
        keras.initializers.GlorotUniform(seed=keras.random.SeedGenerator(0)),
        keras.activations.relu,
    ],
    ids=["own class", "layer", "generator within", "function"],
)
def test_all_else_is_not_described(thing):
    assert describe_keras_object(thing) is None


@pytest.mark.parametrize("name", ["layers.Lambda", "optimizers.deserialize", "models.load_model"])
def test_a_class_that_is_not_listed_is_not_made(name):
    with pytest.raises(ModelFileError, match=f"Keras class '{name}'"):
        make_keras_object(name, {})


def test_keras_is_given_no_description_to_import_from():
    nested = {"module": "os", "class_name": "system", "config": {}, "registered_name": None}
    with pytest.raises(ModelFileError, match="not a plain value"):
        make_keras_object("optimizers.Adam", {"learning_rate": nested})
