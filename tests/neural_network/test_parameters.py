"""Every constructor parameter: kept, effective, checked by fit."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from numpydoc.docscrape import ClassDoc
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils import get_tags
from sklearn.utils._testing import assert_docstring_consistency

from skdigits import (
    BaseKerasClassifier,
    ImageAugmentation,
    KerasCNNClassifier,
    KerasMLPClassifier,
)
from skdigits.neural_network import _parameters
from skdigits.neural_network._engine._keras_names import LOSSES, OPTIMIZERS

from .._small import both, cnn, figures, mlp


class HalveRate(keras.callbacks.Callback):
    """Changes the training, so that it shows whether it was used."""

    def on_epoch_end(self, epoch, logs=None):
        optimizer = self.model.optimizer
        optimizer.learning_rate.assign(optimizer.learning_rate / 2)


#: Parameter: (value unlike the default, what it changes, other parameters it needs).
EFFECTS = {
    "hidden_layer_sizes": ((16, 8), "network", {}),
    "activation": ("tanh", "network", {}),
    "dropout": (0.5, "network", {}),
    "kernel_initializer": ("he_normal", "network", {}),
    "optimizer": ("sgd", "training", {}),
    "learning_rate": (0.1, "training", {}),
    "learning_rate_schedule": ("one_cycle", "training", {}),
    "weight_decay": (0.5, "training", {}),
    "loss": ("categorical_hinge", "training", {}),
    "label_smoothing": (0.2, "training", {}),
    "metrics": ("auc", "training", {}),
    "batch_size": (16, "training", {}),
    "epochs": (4, "training", {}),
    "weight_averaging": (0.9, "logits", {}),
    "validation_fraction": (0.3, "training", {}),
    "early_stopping": (True, "training", {}),
    "patience": (1, "training", {"early_stopping": True, "epochs": 12}),
    "monitor": ("loss", "training", {"early_stopping": True, "patience": 1, "epochs": 12}),
    "min_delta": (9.0, "training", {"early_stopping": True, "monitor": "loss", "patience": 1}),
    "class_weight": ({0: 10.0}, "training", {}),
    "outlier_label": (9, "logits", {}),
    "outlier_threshold": (3.0, "refused", {"outlier_label": 9}),
    "augmentation": ("light", "training", {}),
    "test_time_shift": (1, "logits", {}),
    "test_time_rotation": (5.0, "logits", {}),
    "transform_layer": (-1, "features", {}),
    "callbacks": (HalveRate, "training", {}),
    "checkpoint_dir": ("kept", "files", {}),
    "verbose": (2, "output", {}),
    "warm_start": (True, "second fit", {}),
    "random_state": (1, "training", {}),
    "image_shape": ((4, 16), "network", {}),
    "filters": ((4, 4), "network", {}),
    "kernel_size": (2, "network", {}),
    "pool_size": (3, "network", {}),
    "conv_activation": ("tanh", "network", {}),
    "conv_dropout": (0.5, "network", {}),
    "batch_normalization": (True, "network", {}),
}

#: Parameter: (bad value, what the error must name).
BAD_VALUES = {
    "hidden_layer_sizes": [((8, 0), "at least 1"), (0, r"range \[1"), ("big", "array")],
    "activation": [
        ("reluu", "'relu'"), (3, "'relu'"), (("relu", "tanh"), "layer, here 1"), (["x"], "relu6")],
    "metrics": [("nope", "not a name"), ([3], r"AUC\(\)"), (3, "array-like")],
    "monitor": [("val_auc", "val_loss|loss, accuracy"), (3, "str")],
    "min_delta": [(-0.1, r"\[0"), ("small", "float")],
    "transform_layer": [("flat", "named 'flat'"), (9, "named '9'"), (0.5, "str")],
    "dropout": [(1.0, r"\[0.0, 1.0\)"), ((0.1, 0.2), "layer, here 1;"), ((2,), r"\[0, 1\)")],
    "kernel_initializer": [("xavier", "'glorot_uniform'")],
    "optimizer": [("adm", "'adam'"), (3, "'adam'")],
    "learning_rate": [(0, r"\(0"), ("fast", "float")],
    "learning_rate_schedule": [("linear", "'one_cycle'")],
    "weight_decay": [(-0.1, r"\[0"), ("some", "float")],
    "loss": [("mse", "'categorical_hinge'")],
    "label_smoothing": [(1.0, r"\[0"), (-0.1, r"\[0")],
    "batch_size": [(0, r"\[1"), (2.5, "int")],
    "epochs": [(0, r"\[1"), (None, "int")],
    "weight_averaging": [(1.0, r"\[0"), (-0.1, r"\[0")],
    "validation_fraction": [(1.0, r"\(0"), (0, r"\(0")],
    "early_stopping": [("yes", "bool")],
    "patience": [(0, r"\[1")],
    "class_weight": [("equal", "'balanced'"), ([1, 2], "dict")],
    "outlier_label": [([9], "str"), (-1, "No sample")],
    "outlier_threshold": [("low", "float"), (None, "float")],
    "augmentation": [("heavy", "'strong'"), (3, "ImageAugmentation")],
    "test_time_shift": [(-1, r"\[0"), (0.5, "int")],
    "test_time_rotation": [(-1.0, r"\[0"), (180, r"180\.0\)")],
    "checkpoint_dir": [(3, "PathLike"), (False, "PathLike")],
    "callbacks": [("stop", "Keras callback"), ([3], "Keras callback"), (int, "Keras callback")],
    "verbose": [(-1, r"\[0"), ("loud", "bool")],
    "warm_start": [("no", "bool")],
    "random_state": [("seed", "RandomState"), (-1, r"\[0")],
    "image_shape": [((5, 5), "product is 64"), ((64,), "height, width"), (8, "array-like")],
    "filters": [((), "one block"), ((4, 0), "at least 1"), (0, r"\[1"), ("many", "array")],
    "kernel_size": [
        ("big", "'auto'"), ((0,), "at least 1"), (((3, 3, 3),), "pairs"), ((3, 3, 3), "here 1;")],
    "pool_size": [("big", "'auto'"), ((0,), "at least 1"), ((2, 2, 2), "here 1;")],
    "conv_activation": [("reluu", "'relu'"), (("relu", "tanh"), "layer, here 1;")],
    "conv_dropout": [(1.0, r"\[0"), ((0.1, 0.2), "layer, here 1;")],
    "batch_normalization": [("yes", "bool")],
}  # fmt: skip

FAULTS = [(name, value, match) for name, rows in BAD_VALUES.items() for value, match in rows]
CASES = [(make, name) for make in (mlp, cnn) for name in make().get_params()]
BAD_CASES = [
    (make, *fault) for make in (mlp, cnn) for fault in FAULTS if fault[0] in make().get_params()
]


@both
def test_every_parameter_has_an_entry(make):
    names = set(make().get_params())
    assert names <= set(EFFECTS)
    assert names <= set(BAD_VALUES)


def effect(classifier, digits, capsys):
    """Fit on labels that cannot be learned well, and note all that a parameter may change."""
    X, y = digits[0], np.random.RandomState(1).permutation(digits[1])
    classifier.fit(X, y)
    seen = {
        "network": json.dumps(classifier.model_.get_config(), default=str),
        "training": figures(classifier),
        "output": capsys.readouterr().out,
        "logits": classifier.decision_function(X[:5]).tolist(),
        "refused": (classifier.score_samples(X) < classifier.outlier_threshold).tolist(),
        "files": sorted(Path().rglob("*.npz")),
        "features": classifier.transform(X[:5]).tolist(),
    }
    return seen | {"second fit": classifier.fit(X, y).n_epochs_}


@pytest.mark.parametrize(("make", "name"), CASES)
def test_parameter_is_kept_and_changes_what_it_says(
    make, name, digits, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    value, changes, context = EFFECTS[name]
    changed = clone(make(**context).set_params(**{name: value}))
    assert changed.get_params()[name] == value
    before = effect(make(**context), digits, capsys)
    after = effect(changed, digits, capsys)
    assert after[changes] != before[changes]
    if changes != "network":
        assert after["network"] == before["network"]
    if changes in ("output", "second fit", "logits", "refused", "files", "features"):
        assert after["training"] == before["training"]


@pytest.mark.parametrize(
    "grid",
    [
        {"activation": [["relu", "tanh"], "tanh"], "hidden_layer_sizes": [(16, 8)]},
        {"monitor": ["loss", "val_accuracy"], "min_delta": [0.0, 0.5], "early_stopping": [True]},
        {"metrics": [None, ["auc", keras.metrics.F1Score("macro")]]},
        {"transform_layer": [None, 0, "logits"]},
    ],
    ids=lambda grid: "-".join(grid),
)
def test_is_searched_and_pickled(grid, digits):
    search = GridSearchCV(mlp(epochs=1), grid, cv=2, error_score="raise").fit(*digits)
    assert len(search.cv_results_["params"]) == np.prod(list(map(len, grid.values())))
    best = pickle.loads(pickle.dumps(search.best_estimator_))
    for name, value in search.best_params_.items():
        assert repr(getattr(best, name)) == repr(value)
    np.testing.assert_array_equal(best.transform(digits[0]), search.transform(digits[0]))


def test_layers_have_activations_of_their_own(digits):
    activations = [keras.activations.tanh, keras.activations.relu]
    dense = mlp(hidden_layer_sizes=(8, 4), activation=["tanh", "relu"]).fit(*digits).model_
    assert [layer.activation for layer in dense.layers[:2]] == activations
    blocks = cnn(filters=((4, 4), 2), conv_activation=["tanh", "relu"]).fit(*digits).model_
    found = [layer.activation for layer in blocks.layers if layer.name.startswith("conv")]
    assert found == [activations[0], *activations]


def test_an_activation_of_a_wrong_type_is_refused_in_words(digits):
    with pytest.raises(ValueError, match=r"activation must hold functions, or names.*\['relu'\]"):
        mlp(hidden_layer_sizes=(8,), activation=[["relu"]]).fit(*digits)


@pytest.mark.parametrize(("make", "name", "value", "match"), BAD_CASES)
def test_bad_value_is_raised_by_fit_and_names_the_allowed(make, name, value, match, digits):
    classifier = clone(make(epochs=1).set_params(**{name: value}))
    with pytest.raises(ValueError, match=match) as caught:
        classifier.fit(*digits)
    assert name in str(caught.value)
    good = make(epochs=1).get_params()[name]
    assert classifier.set_params(**{name: good}).fit(*digits).n_epochs_ == 1


@both
def test_mistyped_parameter_is_refused(make):
    with pytest.raises(TypeError, match="epoch"):
        make(epoch=3)
    with pytest.raises(ValueError, match="Valid parameters are"):
        make().set_params(epoch=3)


@both
def test_bad_augmentation_range_is_raised_by_fit(make, digits):
    with pytest.raises(ValueError, match="'rotation' parameter"):
        make(augmentation=ImageAugmentation(rotation=200)).fit(*digits)


def test_names_are_those_that_the_package_resolves():
    for name, kind in OPTIMIZERS.items():
        assert type(keras.optimizers.get(name)) is getattr(keras.optimizers, kind)
    for name, kind in LOSSES.items():
        assert keras.losses.get(name).__name__ == name
        assert getattr(keras.losses, kind)().name == name


def test_the_docstring_names_every_optimizer_and_loss():
    documented = {p.name: " ".join(p.desc) for p in ClassDoc(BaseKerasClassifier)["Parameters"]}
    for parameter, table in (("optimizer", OPTIMIZERS), ("loss", LOSSES)):
        assert set(re.findall(r'``"(\w+)"``', documented[parameter])) == set(table)


@pytest.mark.parametrize("name", sorted(_parameters.ACTIVATIONS))
def test_keras_knows_the_activation(name):
    assert callable(keras.activations.get(name))


@pytest.mark.parametrize("name", sorted(_parameters.INITIALIZERS))
def test_keras_knows_the_initializer(name):
    assert isinstance(keras.initializers.get(name), keras.initializers.Initializer)


@pytest.mark.parametrize(
    "parameters",
    [
        {"optimizer": keras.optimizers.SGD(0.5, momentum=0.9)},
        {"learning_rate_schedule": keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)},
        {"optimizer": keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 30))},
        {"loss": keras.losses.CategoricalCrossentropy(from_logits=True)},
        {"loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
        {"kernel_initializer": keras.initializers.HeNormal(seed=1)},
        {"activation": keras.ops.sin},
        {"class_weight": "balanced"},
        {"label_smoothing": 0.1, "loss": "categorical_focal_crossentropy"},
        {"loss": "categorical_crossentropy", "learning_rate_schedule": "cosine"},
        {"learning_rate_schedule": "exponential", "optimizer": "nadam"},
    ],
    ids=lambda parameters: "-".join(parameters),
)
def test_objects_and_names_are_cloned_and_repeat(parameters, digits):
    classifier = mlp(**({"learning_rate": None} | parameters))
    first, second = (figures(clone(classifier).fit(*digits)) for _ in range(2))
    assert first == second
    assert first["loss"][-1] < first["loss"][0]


def test_optimizer_object_keeps_its_settings_and_is_left_alone(digits):
    optimizer = keras.optimizers.SGD(0.25, momentum=0.5)
    used = mlp(optimizer=optimizer, learning_rate=None).fit(*digits).model_.optimizer
    assert used is not optimizer
    assert not optimizer.built
    assert (float(used.learning_rate), used.momentum) == (0.25, 0.5)


def test_lambda_without_source_is_an_activation(digits):
    # As typed at a prompt; Keras refuses to serialise it.
    activation = eval("lambda x: x * abs(x)")
    assert mlp(activation=activation).fit(*digits).predict(digits[0]).shape == (300,)


def test_two_schedules_at_once_are_refused(digits):
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 30))
    classifier = mlp(optimizer=optimizer, learning_rate=None, learning_rate_schedule="cosine")
    with pytest.raises(ValueError, match="one or the other"):
        classifier.fit(*digits)


@pytest.mark.parametrize("loss", ["categorical_hinge", keras.losses.CategoricalHinge()])
def test_label_smoothing_without_cross_entropy_is_refused(loss, digits):
    with pytest.raises(ValueError, match="cross-entropies only"):
        mlp(loss=loss, label_smoothing=0.1).fit(*digits)


@both
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("optimizer__learning_rate", "Set 'learning_rate'"),
        ("loss__label_smoothing", "Set 'label_smoothing'"),
        ("model__hidden_layer_sizes", "Set 'hidden_layer_sizes'"),
        ("fit__batch_size", "Set 'batch_size'"),
        ("optimizer__momentum", "optimizer=keras.optimizers.SGD"),
        ("augmentation__shift", r"augmentation=ImageAugmentation\(shift=...\)"),
        ("learning_rat__x", "Did you mean 'learning_rate'"),
    ],
)
def test_a_nested_parameter_that_is_none_is_told_by_its_right_name(name, said, make):
    with pytest.raises(ValueError, match=said):
        make().set_params(**{name: 0.1})
    with pytest.raises(ValueError, match=said):
        GridSearchCV(make(), {name: [0.1]}, error_score="raise", cv=2).fit(np.eye(4), [0, 1, 0, 1])


def test_a_nested_parameter_that_there_is_can_be_set():
    classifier = cnn(augmentation=ImageAugmentation(shift=2)).set_params(augmentation__shift=1)
    assert classifier.augmentation.shift == 1
    together = {"augmentation": ImageAugmentation(), "augmentation__shift": 3}
    assert cnn().set_params(**together).augmentation.shift == 3


@both
def test_a_misspelt_parameter_is_told_by_scikit_learn(make):
    with pytest.raises(ValueError, match="Invalid parameter 'learning_rat'"):
        make().set_params(learning_rat=0.1)


@both
def test_the_tags_say_that_pictures_are_taken(make):
    assert get_tags(make()).input_tags.three_d_array
    assert get_tags(make()).input_tags.two_d_array


def test_the_three_classes_say_the_same_of_what_they_share():
    classes = [BaseKerasClassifier, KerasMLPClassifier, KerasCNNClassifier]
    shared = list(_parameters.TRAINING_CONSTRAINTS)
    assert_docstring_consistency(classes, include_params=shared, include_attrs=True)
    # What Keras' and scikit-learn's callbacks are, a reader of each class needs to know.
    for each in classes:
        assert "set_callbacks" in each.__doc__


# Pixels that have not been scaled


@both
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float64])
def test_raw_pixels_are_warned_of(dtype, make):
    X = np.random.RandomState(0).randint(0, 256, (40, 16)).astype(dtype)
    y = np.arange(40) % 2
    for train in (make(epochs=1).fit, make(epochs=1).partial_fit):
        given = (X, y) if train.__name__ == "fit" else (X, y, [0, 1])
        with pytest.warns(
            UserWarning, match=r"0 to 255.*make_pipeline\(ImageScaler\(\)"
        ) as caught:
            train(*given)
        assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "X",
    [
        np.random.RandomState(0).random_sample((40, 16)),
        np.random.RandomState(0).randint(0, 2, (40, 16)),
        np.random.RandomState(0).randint(0, 17, (40, 16)),  # scikit-learn's small digits
        np.random.RandomState(0).randint(-128, 128, (40, 16)),
        255 * np.random.RandomState(0).random_sample((40, 16)),
    ],
)
def test_other_numbers_are_not_warned_of(X):
    mlp(epochs=1, learning_rate=1e-4).fit(X, np.arange(40) % 2)


def test_a_network_of_ones_own_may_scale_them_itself():
    class Scaling(BaseKerasClassifier):
        def _build_network(self, input_shape, n_classes):
            layers = [keras.layers.Rescaling(1 / 255), keras.layers.Dense(n_classes)]
            return keras.Sequential([keras.Input(input_shape), *layers])

    X = np.random.RandomState(0).randint(0, 256, (40, 16))
    Scaling(epochs=1).fit(X, np.arange(40) % 2)
