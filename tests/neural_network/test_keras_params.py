"""Keras' objects as parameters: cloned, searched and pickled as what they are."""

from __future__ import annotations

import copy
import inspect
import pickle
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from sklearn import base
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils._param_validation import InvalidParameterError

from skdigits import BaseKerasClassifier, load_model, save_model

from .._small import mlp


class OwnLoss(keras.losses.Loss):
    """Has a setting, and no ``get_config`` that knows of it."""

    def __init__(self, scale):
        super().__init__(name="own_loss")
        self.scale = scale

    def call(self, y_true, y_pred):
        return self.scale * keras.losses.categorical_crossentropy(y_true, y_pred, from_logits=True)


class OwnDivergence(keras.losses.KLDivergence):
    """Of a kind that takes probabilities."""


class OwnOptimizer(keras.optimizers.SGD):
    """Known to nobody but this file."""


class OwnSchedule(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, rate=0.02):
        self.rate = rate

    def __call__(self, step):
        return self.rate / (1 + 0.01 * keras.ops.cast(step, "float32"))

    def get_config(self):
        return {"rate": self.rate}


class OwnInitializer(keras.initializers.Initializer):
    def __call__(self, shape, dtype=None):
        return keras.random.normal(shape, stddev=0.1, dtype=dtype, seed=3)

    def get_config(self):
        return {}


class OwnCallback(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.optimizer.learning_rate = 0.01


def twice_relu(x):
    return 2 * keras.ops.relu(x)


@keras.saving.register_keras_serializable("tests")
class Setting:
    """No kind of Keras', but registered with it."""

    def __init__(self, factor=2.0):
        self.factor = factor

    def get_config(self):
        return {"factor": self.factor}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@keras.saving.register_keras_serializable("tests")
class ScheduleOfASchedule(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, inner):
        self.inner = inner

    def __call__(self, step):
        return self.inner(step)

    def get_config(self):
        return {"inner": keras.saving.serialize_keras_object(self.inner)}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config["inner"]))


@keras.saving.register_keras_serializable("tests")
class RegisteredSchedule(OwnSchedule):
    """Found in no attribute of the optimiser, but within its schedule."""


@keras.saving.register_keras_serializable("tests")
class Scaled(keras.layers.Layer):
    """Has a setting that is an object, as Keras' guide to saving has it."""

    def __init__(self, setting, **settings):
        super().__init__(**settings)
        self.setting = setting

    def call(self, x):
        return x * self.setting.factor

    def get_config(self):
        setting = keras.saving.serialize_keras_object(self.setting)
        return super().get_config() | {"setting": setting}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config.pop("setting")), **config)


class Scaling(BaseKerasClassifier):
    def _build_network(self, input_shape, n_classes):
        layers = [Scaled(Setting(), name="scaled"), keras.layers.Dense(n_classes, name="logits")]
        return keras.Sequential([keras.Input(input_shape), *layers])


def test_a_layer_whose_setting_is_an_object_is_pickled(digits):
    classifier = Scaling(epochs=2, random_state=0).fit(*digits)
    loaded = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(loaded.predict(digits[0]), classifier.predict(digits[0]))


class Unknown(Setting):
    """Not registered: Keras would not find it again."""


def test_what_could_not_be_loaded_is_refused_when_it_is_saved(digits):
    class Hopeless(Scaling):
        def _build_network(self, input_shape, n_classes):
            layers = [Scaled(Unknown(), name="s"), keras.layers.Dense(n_classes, name="logits")]
            return keras.Sequential([keras.Input(input_shape), *layers])

    classifier = Hopeless(epochs=1).fit(*digits)
    with pytest.raises(pickle.PicklingError, match=r"'Unknown'.*register_keras_serializable"):
        pickle.dumps(classifier)


OWN = {
    "loss": lambda: {"loss": OwnLoss(0.5)},
    "loss_of_probabilities": lambda: {"loss": OwnDivergence()},
    "optimizer": lambda: {"optimizer": OwnOptimizer(0.1, momentum=0.9)},
    "schedule": lambda: {"learning_rate_schedule": OwnSchedule()},
    "optimizer_with_schedule": lambda: {"optimizer": keras.optimizers.Adam(OwnSchedule(0.03))},
    "own_optimizer_with_schedule": lambda: {"optimizer": OwnOptimizer(OwnSchedule(0.03))},
    "schedule_of_a_schedule": lambda: {
        "optimizer": keras.optimizers.Adam(ScheduleOfASchedule(RegisteredSchedule()))
    },
    "initializer": lambda: {"kernel_initializer": OwnInitializer()},
    "activation": lambda: {"activation": twice_relu},
    "callback": lambda: {"callbacks": [OwnCallback()]},
}


def made(name):
    """Make a classifier with something of a user's own."""
    return mlp(**{"learning_rate": None, "epochs": 2} | OWN[name]())


@pytest.fixture(scope="module")
def answers(digits):
    """Give what a fit with each answers."""
    return {name: made(name).fit(*digits).decision_function(digits[0]) for name in OWN}


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize(
    "copied",
    [clone, copy.deepcopy, lambda classifier: pickle.loads(pickle.dumps(classifier))],
    ids=["clone", "deepcopy", "pickle"],
)
def test_a_copy_of_an_unfitted_classifier_trains_as_its_original(name, copied, answers, digits):
    copy_of_one = copied(copied(made(name)))
    found = copy_of_one.fit(*digits).decision_function(digits[0])
    np.testing.assert_array_equal(found, answers[name])


@pytest.mark.parametrize("name", OWN)
def test_a_fitted_classifier_is_pickled_and_goes_on_as_its_original(name, answers, digits):
    X, y = digits
    original = made(name).fit(X, y)
    loaded = pickle.loads(pickle.dumps(original))
    np.testing.assert_array_equal(loaded.decision_function(X), answers[name])
    for each in (original, loaded):
        each.partial_fit(X, y)
    np.testing.assert_array_equal(loaded.decision_function(X), original.decision_function(X))


@pytest.mark.parametrize("name", ["loss", "own_optimizer_with_schedule"])
def test_a_search_in_other_processes_finds_the_same(name, digits):
    X, y = digits
    here, there = (
        GridSearchCV(made(name), {"batch_size": [32, 64]}, cv=2, n_jobs=n, error_score="raise")
        for n in (None, 2)
    )
    np.testing.assert_array_equal(
        here.fit(X, y).cv_results_["mean_test_score"],
        there.fit(X, y).cv_results_["mean_test_score"],
    )


#: A script: its own classes are known to no other process, and one is registered with Keras.
SCRIPT = """
import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from skdigits import KerasMLPClassifier

@keras.saving.register_keras_serializable("mine")
class Rate(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.01
    def get_config(self):
        return {}

class Loss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.losses.categorical_crossentropy(y_true, y_pred, from_logits=True)

if __name__ == "__main__":
    X, y = load_digits(return_X_y=True)
    classifier = KerasMLPClassifier(
        optimizer=keras.optimizers.Adam(Rate()), loss=Loss(), epochs=1, random_state=0
    )
    scores = [cross_val_score(classifier, X[:200] / 16, y[:200], cv=2, n_jobs=n) for n in (1, 2)]
    print((scores[0] == scores[1]).all())
"""


def test_classes_of_a_script_reach_the_workers(tmp_path, run_python):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    assert run_python(script) == "True"


# All of Keras' own

#: Arguments of the classes that need some.
ARGUMENTS = {
    "CSVLogger": ("log.csv",),
    "CosineDecay": (0.1, 10),
    "CosineDecayRestarts": (0.1, 10),
    "ExponentialDecay": (0.1, 10, 0.9),
    "InverseTimeDecay": (0.1, 10, 0.9),
    "LearningRateScheduler": (len,),
    "ModelCheckpoint": ("model.keras",),
    "BackupAndRestore": ("backup",),
    "PiecewiseConstantDecay": ([1], [0.1, 0.2]),
    "PolynomialDecay": (0.1, 10),
}
ABSTRACT = {
    "Callback",
    "CallbackList",
    "Constraint",
    "Initializer",
    "LearningRateSchedule",
    "Loss",
    "LossScaleOptimizer",  # is refused
    "MultiOptimizer",
    "Optimizer",
    "OptimizerMap",
    "OrbaxCheckpoint",
    "Regularizer",
}
MODULES = {
    "optimizer": keras.optimizers,
    "loss": keras.losses,
    "learning_rate_schedule": keras.optimizers.schedules,
    "kernel_initializer": keras.initializers,
    "callbacks": keras.callbacks,
}
OBJECTS = [
    pytest.param(parameter, kind, id=f"{parameter}-{name}")
    for parameter, module in MODULES.items()
    for name, kind in inspect.getmembers(module, inspect.isclass)
    if name not in ABSTRACT
]


@pytest.mark.parametrize(("parameter", "kind"), OBJECTS)
@pytest.mark.parametrize("copied", [clone, lambda each: pickle.loads(pickle.dumps(each))])
def test_each_of_keras_objects_stays_what_it_is(parameter, kind, copied):
    thing = kind(*ARGUMENTS.get(kind.__name__, ()))
    # As the value of a grid too, which scikit-learn copies without its classifier.
    for found in (
        getattr(copied(mlp(**{parameter: thing})), parameter),
        clone({parameter: thing}, safe=False)[parameter],
    ):
        assert type(found) is kind
        assert found is not thing
        if hasattr(thing, "get_config"):
            assert found.get_config() == thing.get_config()


class Penalized(BaseKerasClassifier):
    """Has a parameter that the base class knows nothing of."""

    def __init__(self, *, penalty=None, epochs=1):
        super().__init__(epochs=epochs)
        self.penalty = penalty

    def _build_network(self, input_shape, n_classes):
        dense = keras.layers.Dense(n_classes, kernel_regularizer=self.penalty, name="logits")
        return keras.Sequential([keras.Input(input_shape), dense])


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for name, kind in inspect.getmembers(keras.regularizers, inspect.isclass)
        if name not in ABSTRACT
    ],
)
def test_a_regulariser_of_a_network_of_ones_own_stays_what_it_is(kind, two):
    classifier = Penalized(penalty=kind()).fit(*two)
    for copied in (clone(classifier), pickle.loads(pickle.dumps(classifier))):
        assert type(copied.penalty) is kind
        assert copied.penalty.get_config() == kind().get_config()
        assert copied.fit(*two).model_.layers[0].kernel_regularizer is not None


def test_scikit_learn_has_the_private_way_to_clone():
    assert [*inspect.signature(base._clone_parametrized).parameters] == ["estimator", "safe"]


def test_a_pickle_names_no_module_of_ours_that_may_move(digits):
    classifier = mlp(loss=OwnDivergence(), epochs=1).fit(*digits)
    assert type(classifier.model_.loss).__name__ == "SoftmaxLoss"
    content = pickle.dumps(classifier)
    assert b"skdigits.neural_network._engine" not in content
    copy = pickle.loads(content)
    np.testing.assert_array_equal(copy.predict(digits[0]), classifier.predict(digits[0]))
    assert type(copy.model_.loss.loss) is OwnDivergence


PROGRAM = """
import sys
import keras
from sklearn.base import clone
from skdigits import KerasMLPClassifier
clone(KerasMLPClassifier())
print("skdigits.neural_network._engine._pickling" in sys.modules)
"""


def test_clone_of_plain_parameters_does_not_load_what_trains(run_python):
    assert run_python("-c", PROGRAM).split()[-1] == "False"


def test_threads_that_read_an_optimiser_of_a_file_get_one():
    classifier = mlp(optimizer=keras.optimizers.SGD(momentum=0.9))
    for _ in range(5):
        loaded = pickle.loads(pickle.dumps(classifier))
        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(lambda _, loaded=loaded: loaded.optimizer, range(32)))
        assert {float(each.momentum) for each in found} == {float(loaded.optimizer.momentum)}
        assert found[-1] is loaded.optimizer


@pytest.fixture
def loaded(digits, tmp_path):
    """Give a classifier of a file with an optimiser that nobody has read yet."""
    classifier = mlp(optimizer=keras.optimizers.SGD(momentum=0.9), epochs=1).fit(*digits)
    save_model(classifier, tmp_path / "saved.skdigits")
    return load_model(tmp_path / "saved.skdigits")


def test_an_optimiser_of_a_file_that_was_replaced_unread_is_gone(loaded, digits, tmp_path):
    loaded.optimizer = "adam"
    save_model(loaded, tmp_path / "again.skdigits")
    for copied in (
        load_model(tmp_path / "again.skdigits"),
        pickle.loads(pickle.dumps(loaded)),
        copy.deepcopy(loaded),
        clone(loaded),
    ):
        assert copied.optimizer == "adam"
    del loaded.optimizer
    assert not hasattr(loaded, "optimizer")


def test_an_optimiser_of_a_file_is_listed_and_deleted_as_any_attribute(loaded):
    assert "optimizer" in dir(loaded)
    del loaded.optimizer
    assert not hasattr(loaded, "optimizer")
    assert "optimizer" not in dir(loaded)
    with pytest.raises(AttributeError):
        del loaded.optimizer


def test_an_unknown_optimiser_for_a_loaded_network_is_named(loaded):
    loaded.optimizer = "nope"
    with pytest.raises(InvalidParameterError, match=r"'optimizer' parameter .* Got 'nope'"):
        _ = loaded.model_
    loaded.optimizer = "adam"
    assert loaded.model_.compiled
