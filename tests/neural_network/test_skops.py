"""skops, which loads what its user trusts by name: all of ours comes back, and no code runs."""

from __future__ import annotations

import copy
import pickle

import keras
import numpy as np
import pytest
import skops.io
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV

from skdigits import BaseKerasClassifier, ImageAugmentation

from .._small import both, cnn, mlp, pipeline

OURS = [
    "skdigits.neural_network._cnn.KerasCNNClassifier",
    "skdigits.neural_network._mlp.KerasMLPClassifier",
]


def there_and_back(model, more=()):
    """Dump a model, and load it trusting our classifiers and a few more types."""
    content = skops.io.dumps(model)
    trusted = [*OURS, *more]
    return skops.io.loads(content, trusted=trusted)


@both
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"early_stopping": True, "batch_normalization": True, "dropout": 0.1},
        {"augmentation": "light", "weight_averaging": 0.5},
        {"optimizer": keras.optimizers.SGD(0.1, momentum=0.9)},
        {"optimizer": keras.optimizers.Lamb()},
        {"loss": keras.losses.KLDivergence()},
        {"learning_rate_schedule": "one_cycle", "class_weight": "balanced"},
    ],
)
def test_a_fitted_classifier_comes_back_by_trusting_its_class_alone(make, parameters, digits):
    X, y = digits
    classifier = make(**{"learning_rate": None} | parameters).fit(X, y)
    loaded = there_and_back(classifier)
    np.testing.assert_array_equal(loaded.predict_proba(X), classifier.predict_proba(X))
    for each in (classifier, loaded):
        each.set_params(warm_start=True).fit(X, y)
    np.testing.assert_array_equal(loaded.predict_proba(X), classifier.predict_proba(X))


def test_pipelines_votes_and_searches_come_back(raw):
    X, y = raw
    ours = [
        "skdigits.preprocessing._image_scaler.ImageScaler",
        "sklearn.utils._bunch.Bunch",
        "sklearn.metrics._scorer._PassthroughScorer",
        "sklearn.model_selection._split.StratifiedKFold",
        # In the scorer of a search, with older versions of scikit-learn.
        "sklearn.utils._metadata_requests.MetadataRequest",
        "sklearn.utils._metadata_requests.MethodMetadataRequest",
    ]
    vote = VotingClassifier([("a", pipeline(mlp)), ("b", pipeline(cnn))], voting="soft")
    for model in (pipeline(cnn), vote, GridSearchCV(pipeline(mlp), {}, cv=2)):
        loaded = there_and_back(model.fit(X, y), ours)
        np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


class Branched(BaseKerasClassifier):
    """A functional network with a branch, as Keras' guide has it."""

    def _build_network(self, input_shape, n_classes):
        inputs = keras.Input(input_shape)
        hidden = keras.layers.Dense(8, "relu", name="hidden")(inputs)
        both_ways = keras.layers.add([hidden, keras.ops.relu(hidden + 1.0)])
        outputs = keras.layers.Dense(n_classes, name="logits")(both_ways)
        return keras.Model(inputs, outputs, name="branched")


def test_a_functional_network_comes_back(digits):
    X, y = digits
    classifier = Branched(epochs=2, random_state=0).fit(X, y)
    kind = f"{Branched.__module__}.Branched"
    for loaded in (
        there_and_back(classifier, [kind]),
        pickle.loads(pickle.dumps(classifier)),
        copy.deepcopy(classifier),
    ):
        np.testing.assert_array_equal(loaded.predict(X), classifier.predict(X))
        loaded.partial_fit(X, y)


def test_an_augmentation_among_the_parameters_comes_back(digits):
    classifier = cnn(augmentation=ImageAugmentation(shift=1)).fit(*digits)
    kind = "skdigits.neural_network.augmentation._random_changes.ImageAugmentation"
    loaded = there_and_back(classifier, [kind])
    assert loaded.augmentation.shift == 1


# Attacks: states that were made up


class Registered(keras.layers.Layer):
    """Any class that the loading program has registered with Keras."""


keras.saving.register_keras_serializable("attacked")(Registered)


def lambda_layer():
    ran = keras.layers.Lambda(lambda x: x, name="code")
    return keras.saving.serialize_keras_object(ran)


def function(module, name):
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def layer_of(module, name, registered=None, config=None):
    config = {"name": "evil"} if config is None else config
    return {
        "module": module,
        "class_name": name,
        "config": config,
        "registered_name": registered,
    }


def with_setting(name, value):
    layer = keras.saving.serialize_keras_object(keras.layers.Dense(4, name="dense"))
    layer["config"][name] = value
    return layer


def with_activation(activation):
    return with_setting("activation", activation)


def a_network():
    return keras.saving.serialize_keras_object(keras.Sequential([keras.layers.Dense(9)]))


FETCH = {
    "name": "fetch",
    "function": function("keras.utils", "get_file"),
    "arguments": {"origin": "http://localhost:1/", "fname": "x"},
}

LAYERS = {
    "lambda": lambda_layer,
    "lambda_of_keras_get_file": lambda: layer_of("keras.layers", "Lambda", config=FETCH),
    "class_of_os": lambda: layer_of("os", "_Environ"),
    "class_of_subprocess": lambda: layer_of("subprocess", "Popen", config={"args": "true"}),
    "class_of_skdigits": lambda: layer_of("skdigits.neural_network._mlp", "KerasMLPClassifier"),
    "registered_class": lambda: layer_of("attacked", "Registered", "attacked>Registered"),
    "registered_name_beside_a_layer": lambda: layer_of(
        "keras.layers", "Dense", "attacked>Registered"
    ),
    "function_of_os": lambda: with_activation(function("os", "system")),
    "builtin_function": lambda: with_activation(function("builtins", "eval")),
    "function_without_a_module": lambda: with_activation(function(None, "exec")),
    "function_of_keras_that_loads": lambda: with_activation(
        function("keras.models", "load_model")
    ),
    "function_of_keras_that_makes": lambda: with_activation(
        function("keras.layers", "deserialize")
    ),
    "class_of_keras_that_loads": lambda: layer_of("keras.layers", "TFSMLayer"),
    "text_as_code": lambda: with_activation({"class_name": "__lambda__", "config": {"code": "x"}}),
    "type_specification": lambda: with_activation(
        {"class_name": "__typespec__", "spec_name": "x", "module": "os", "config": []}
    ),
    "network_for_a_regulariser": lambda: with_setting("kernel_regularizer", a_network()),
    "file_within_an_initialiser": lambda: with_setting(
        "kernel_initializer",
        layer_of(
            "keras.initializers",
            "Constant",
            config={"value": layer_of("keras.layers", "StringLookup")},
        ),
    ),
    "names_that_are_no_texts": lambda: layer_of(["os"], ["system"]),
}


@pytest.fixture(scope="module")
def state(request):
    """Give the state of a fitted classifier, to be changed."""
    X = np.random.RandomState(0).random_sample((40, 4))
    return mlp(epochs=1).fit(X, np.arange(40) % 2).__getstate__()


def loaded_by_skops(state):
    """Put a state into a skops file, and load that trusting our classifiers."""
    made_up = mlp()
    made_up.__class__ = type(
        "KerasMLPClassifier",
        (type(made_up),),
        {
            "__module__": type(made_up).__module__,
            "__getstate__": lambda self: state,
        },
    )
    return skops.io.loads(skops.io.dumps(made_up), trusted=OURS)


def loaded_by_setstate(state):
    made_up = mlp()
    made_up.__setstate__(state)
    return made_up


@pytest.mark.parametrize("load", [loaded_by_skops, loaded_by_setstate])
@pytest.mark.parametrize("layer", LAYERS)
def test_a_network_that_names_other_code_is_refused(layer, load, state):
    changed = copy.deepcopy(state)
    changed["_trained_network"]["architecture"]["config"]["layers"].insert(1, LAYERS[layer]())
    with pytest.raises(pickle.UnpicklingError, match=r"refers to .*do not use the file"):
        _ = load(changed).model_


@pytest.mark.parametrize("name", ["__typespec__", "__lambda__"])
def test_what_keras_makes_itself_is_refused_under_a_known_name_too(name, state):
    changed = copy.deepcopy(state)
    changed["_trained_network"]["training"]["custom_objects"] = {"Known": keras.layers.Dense}
    activation = {"class_name": name, "spec_name": "x", "module": "os", "config": {}}
    layer = with_activation(activation | {"registered_name": "Known"})
    changed["_trained_network"]["architecture"]["config"]["layers"].insert(1, layer)
    with pytest.raises(pickle.UnpicklingError, match=name):
        _ = loaded_by_setstate(changed).model_


@pytest.mark.parametrize("part", ["optimizer", "loss"])
def test_an_optimiser_or_a_loss_that_names_other_code_is_refused(part, state):
    changed = copy.deepcopy(state)
    config = changed["_trained_network"]["training"][part]["keras object"]["config"]
    config["learning_rate"] = layer_of("os", "_Environ")
    with pytest.raises(pickle.UnpicklingError, match="_Environ"):
        _ = loaded_by_skops(changed).model_


def test_what_a_network_is_built_of_must_be_what_networks_are_built_of(state):
    changed = copy.deepcopy(state)
    changed["_trained_network"]["training"]["custom_objects"] = {"Dense": dict}
    with pytest.raises(pickle.UnpicklingError, match="neither a class with from_config"):
        _ = loaded_by_setstate(changed).model_


@pytest.mark.parametrize("part", ["optimizer", "loss"])
@pytest.mark.parametrize(
    "put",
    [
        lambda: layer_of("attacked", "Registered", "attacked>Registered"),
        lambda: {"keras object": {}, "class": type(mlp()), "custom objects": {}},
        lambda: {"keras object": lambda_layer(), "class": None, "custom objects": {}},
        lambda: {
            "keras object": keras.saving.serialize_keras_object(keras.layers.Dense(2)),
            "class": None,
            "custom objects": {},
        },
        lambda: "load_model",
    ],
)
def test_what_a_network_is_compiled_with_must_be_an_optimiser_and_a_loss(part, put, state):
    changed = copy.deepcopy(state)
    changed["_trained_network"]["training"][part] = put()
    with pytest.raises(pickle.UnpicklingError):
        _ = loaded_by_setstate(changed).model_


def test_the_state_that_is_changed_can_be_loaded(state):
    X = np.random.RandomState(0).random_sample((40, 4))
    assert loaded_by_skops(copy.deepcopy(state)).predict(X).shape == (40,)
