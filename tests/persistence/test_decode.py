"""A description that save_model did not write makes an error, and nothing else."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from skdigits import KerasMLPClassifier
from skdigits._archive import array_from_bytes, array_to_bytes, pack, unpack
from skdigits.exceptions import ModelFileError
from skdigits.persistence._model_files import DESCRIPTION, model_from_bytes

from ._made_up import change


def refuse(content, match):
    with pytest.raises(ModelFileError, match=match) as caught:
        model_from_bytes(content, "m.skdigits")
    assert str(caught.value).startswith("m.skdigits cannot be loaded: ")


def put(*path, value):
    """Make a function that sets one value of a description."""

    def edit(description):
        *parents, last = path
        for key in parents:
            description = description[key]
        description[last] = value

    return edit


def keras_object(name, **config):
    """Describe one of Keras' objects."""
    module, _, class_name = f"keras.{name}".rpartition(".")
    described = {"module": module, "class_name": class_name, "config": config}
    return {"keras": described | {"registered_name": None}}


def layer(class_name, name="more", module="keras.layers", registered_name=None, **config):
    """Describe a layer of a network."""
    return {
        "module": module,
        "class_name": class_name,
        "config": {"name": name, "trainable": True, "dtype": "float32", **config},
        "registered_name": registered_name,
    }


def insert(*layers):
    """Make a function that puts layers before the output layer of a network."""

    def edit(description):
        description["model"]["network"]["architecture"]["config"]["layers"][-1:-1] = layers

    return edit


PARAMS, FITTED = ("model", "params"), ("model", "fitted")
NETWORK = ("model", "network", "architecture")
LAYERS = (*NETWORK, "config", "layers")
INITIALIZER = (*LAYERS, 1, "config", "kernel_initializer")
MADE_UP = {
    "class of the system": (put("model", "class", value="os.system"), "class 'os.system'"),
    "built-in class": (put("model", "class", value="builtins.eval"), "class 'builtins.eval'"),
    "class of scikit-learn": (put("model", "class", value="sklearn.svm.SVR"), "sklearn.svm.SVR"),
    "private class": (
        put("model", "class", value="skdigits.neural_network._base.BaseKerasClassifier"),
        "names the class",
    ),
    "another class": (put("model", "class", value="sklearn.pipeline.Pipeline"), "unexpected"),
    "class that is no text": (put("model", "class", value=["os"]), r"class \['os'\]"),
    "no class": (lambda d: d["model"].pop("class"), "description is not one"),
    "unknown parameter": (put(*PARAMS, "spell", value=1), "unexpected keyword.*pip install"),
    "parameter of a wrong type": (put(*PARAMS, "epochs", value="many"), "'epochs' parameter"),
    "unknown activation": (put(*PARAMS, "activation", value="os.system"), "'activation'"),
    "callable activation": (
        put(*PARAMS, "activation", value=keras_object("saving.load_model")),
        "'activation' is no parameter for a Keras object",
    ),
    "layer with code": (
        put(*PARAMS, "loss", value=keras_object("layers.Lambda")),
        "Keras class 'Lambda'",
    ),
    "thousands of Keras objects": (
        put(*PARAMS, "loss", value=[keras_object("optimizers.Adam")] * 3000),
        "estimators and Keras objects; at most 1,000 are allowed",
    ),
    "thousands of estimators": (
        put(*PARAMS, "loss", value=[
            {"estimator": {"class": "skdigits.neural_network.ImageAugmentation",
                           "params": {}, "fitted": {}}}
        ] * 2000),
        "estimators and Keras objects; at most 1,000 are allowed",
    ),
    "folder to write into": (
        put(*PARAMS, "checkpoint_dir", value="runs"), "would use the folder 'runs'"),
    "terminal codes for a class": (
        put("model", "class", value="\x1b[2J\x07"), r"class '\\x1b\[2J\\x07'"),
    "terminal codes for a parameter": (
        put(*PARAMS, "\x1b[2J", value=1), r"unexpected keyword argument '\\x1b\[2J'"),
    "terminal codes for an attribute": (
        put(*FITTED, "\x1b[2J", value=1), r"no fitted attribute '\\x1b\[2J'"),
    "very long class": (put("model", "class", value="x" * 10**6), r"class 'x+\.\.\.x+'"),
    "callbacks": (put(*PARAMS, "callbacks", value="os.system"), "would run callbacks"),
    "callbacks of Keras' objects": (
        put(*PARAMS, "callbacks", value=keras_object("losses.Huber")),
        "'callbacks' is no parameter for a Keras object"),
    "Keras' object within a list": (
        put(*PARAMS, "class_weight", value=[keras_object("losses.Huber")]), "KeyError"),
    "infinite parameter": (
        put(*PARAMS, "learning_rate", value={"float": "1e400"}), "KeyError"),
    "very long schedule": (
        put(*PARAMS, "learning_rate_schedule", value=keras_object(
            "optimizers.schedules.PiecewiseConstantDecay",
            boundaries=list(range(10**5)), values=[0.1] * (10**5 + 1))),
        "'boundaries' of a Keras object has 100,000 values; at most 1,000 are allowed"),
    "class within a list of settings": (
        put(*PARAMS, "loss", value=keras_object(
            "losses.Huber", dtype=[{"module": "os", "class_name": "system"}])),
        "not a plain value"),
    "very large input": (
        lambda d: d["model"]["fitted"].update(
            n_features_in_=2**30, sample_shape_={"tuple": [2**30]},
            input_shape_={"tuple": [2**30]}),
        r"takes samples of shape \(64,\) .* samples of shape \(1073741824,\)"),
    "many epochs without a number": (put(*PARAMS, "epochs", value=10**4000), "4,001 digits"),
    "unknown kind of value": (put(*PARAMS, "epochs", value={"eval": "1"}), "KeyError"),
    "two kinds of value": (put(*PARAMS, "epochs", value={"float": "1", "tuple": []}), "too many"),
    "classes that do not fit": (
        put(*FITTED, "classes_", value={"objects": ["a", "b"]}), "10 logits, .* needs 2 logits"),
    "larger network": (
        put(*LAYERS, 1, "config", "units", value=10**6), r"do not fit .*\(64, 1000000\)"),
    "deeper network": (
        insert(*[layer("Activation", activation="relu")] * 200), "a network of 202 layers"),
    "much deeper network": (
        insert(*[layer("Activation", activation="relu")] * 11_000), "more than 10000 layers"),
    "smaller network": (lambda d: d["model"]["network"]["architecture"]["config"]["layers"].pop(),
                        "do not fit the architecture"),
    "another network": (
        put(*LAYERS, 1, "config", "activation", value="tanh"), "does not give the same outputs"),
    "no architecture": (lambda d: d["model"]["network"].pop("architecture"), "KeyError"),
    "architecture of a text": (put(*NETWORK, value="os.system"), "must be a mapping"),
    "code in the network": (
        insert(layer("Lambda", function="exec")), "Lambda.* cannot be expressed in ONNX"),
    "file that the network loads": (
        insert(layer("TFSMLayer", filepath="/etc")), "TFSMLayer.* cannot be expressed in ONNX"),
    "class of another package in the network": (
        insert(layer("Activation", module="os", activation="relu")),
        "names 'Activation' of 'os', which is not Keras' own"),
    "registered class in the network": (
        insert(layer("Activation", registered_name="my>Activation", activation="relu")),
        "names 'Activation' of 'keras.layers', which is not Keras' own"),
    "function for an initialiser": (
        put(*INITIALIZER, value=layer("function", module="builtins")), "names 'function' of"),
    "network for an initialiser": (
        put(*INITIALIZER, value=layer("Sequential", module="keras", layers=[])),
        r"'kernel_initializer' of a layer, it names the Keras class 'Sequential'"),
    "network within an initialiser": (
        put(*INITIALIZER, value=keras_object(
            "initializers.Constant", value=layer("StringLookup", vocabulary="/etc"))["keras"]),
        "has 'StringLookup' in 'value', where it does not belong"),
    "initialiser for a regulariser": (
        put(*LAYERS, 1, "config", "kernel_regularizer",
            value=keras_object("initializers.Zeros")["keras"]),
        "'Zeros', which cannot be loaded from keras.regularizers"),
    "object in a setting that predictions ignore": (
        put(*LAYERS, 1, "config", "seed", value=layer("Dense", units=10**6)),
        "has 'Dense' in 'seed', where it does not belong"),
    "very long name": (
        put(*LAYERS, 1, "config", "name", value="x" * 10**6), "has 1,000,000 characters"),
    "module that only starts like Keras": (
        put(*INITIALIZER, "module", value="keras_tuner"), "of 'keras_tuner', which is not"),
    "module that is no text": (
        put(*INITIALIZER, "module", value=["keras"]), r"of \['keras'\], which is not"),
    "shapes to build with": (
        put(*LAYERS, 1, "build_config", value={"input_shape": [None, 10**9]}),
        "names shapes to build it with"),
    "infinite setting of the network": (
        put(*INITIALIZER, "config", value={"seed": float("inf")}), "is not finite"),
    "terminal codes in the network": (
        insert(layer("\x1b[2J\x07")), r"\\x1b\[2J\\+x07"),
    "method for an attribute": (put(*FITTED, "predict", value=1), "no fitted attribute 'predict'"),
    "class for an attribute": (put(*FITTED, "__class__", value=1), "no fitted attribute"),
    "missing attribute": (lambda d: d["model"]["fitted"].pop("classes_"), "classes_"),
    "shapes that do not fit": (
        put(*FITTED, "input_shape_", value={"tuple": [65]}), "do not have 64 features"),
    "shape of nothing": (
        put(*FITTED, "sample_shape_", value={"tuple": []}), "expected sizes of at least 1"),
    "array of another name": (
        put(*FITTED, "classes_", value={"array": "/etc/passwd"}), "KeyError"),
    "array used twice": (
        lambda d: d["model"]["network"]["weights"].append(d["model"]["network"]["weights"][0]),
        "KeyError",
    ),
    "fewer weights": (
        lambda d: d["model"]["network"]["weights"].pop(), "do not fit the architecture"),
    "no network": (lambda d: d["model"].pop("network"), r"nothing in it refers to \['arrays/"),
    "no versions": (lambda d: (d.pop("versions"), d.pop("format")), "found format None"),
    "format of a text": (put("format", value="two"), "format from 1 on, found format 'two'"),
    "format below any": (put("format", value=-5), "format from 1 on, found format -5"),
    "format of a truth": (put("format", value=True), "format from 1 on, found format True"),
    "format of a fraction": (put("format", value=1.5), "format from 1 on, found format 1.5"),
    "format of no number": (put("format", value=float("nan")), "format from 1 on, found .* nan"),
}  # fmt: skip


@pytest.mark.parametrize("case", MADE_UP)
def test_a_made_up_description_is_refused(case, small_file):
    edit, match = MADE_UP[case]
    refuse(change(small_file, edit), match)


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 10**5, b'{"format": 2}',
     b'{"format": 2, "model": 3}', b'{"format": ' + b"9" * 5000 + b"}"],
    ids=lambda text: repr(text[:24]),
)  # fmt: skip
def test_a_description_that_is_none_is_refused(text):
    refuse(pack({DESCRIPTION: text}), "description is not one|not plain JSON|found format None")


def test_pickled_objects_are_refused_unread(small_file):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("code of the file has run",))

    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    content = change(small_file, lambda d: None, {"arrays/0.npy": buffer.getvalue()})
    refuse(content, r"not a plain \.npy file")


def test_a_pipeline_whose_next_fit_would_read_pickles_is_refused():
    model = {
        "class": "sklearn.pipeline.Pipeline",
        "params": {"steps": [], "memory": "cache"},
        "fitted": {},
    }
    text = json.dumps({"format": 2, "versions": {}, "model": model}).encode()
    refuse(pack({DESCRIPTION: text}), "would use the folder 'cache'")


def weights_and_trial(small_file):
    """Give the names of the arrays of weights and of the trial in a file."""
    network = json.loads(unpack(small_file, DESCRIPTION)[DESCRIPTION])["model"]["network"]
    return [weight["array"] for weight in network["weights"]], network["trial"]["array"]


def filled(small_file, name, number, dtype=None):
    """Give an array of a file with one of its numbers changed."""
    array = array_from_bytes(unpack(small_file, DESCRIPTION)[name])
    array.flat[0] = number
    return {name: array_to_bytes(array.astype(dtype or array.dtype))}


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan])
def test_numbers_that_give_no_prediction_are_refused(number, small_file):
    weights, trial = weights_and_trial(small_file)
    both = filled(small_file, weights[-1], number) | filled(small_file, trial, number)
    for arrays in (both, filled(small_file, trial, number)):
        content = change(small_file, lambda d: None, arrays)
        refuse(content, "weights or the outputs of a network are not finite")


def test_one_huge_output_does_not_make_the_others_free(small_file):
    weights, trial = weights_and_trial(small_file)
    huge = filled(small_file, weights[-1], 1e9)  # the bias of the first class
    content = change(small_file, lambda d: None, huge | filled(small_file, trial, 1e9))
    refuse(content, "does not give the same outputs")


@pytest.mark.parametrize("dtype", ["float64", "int8", "S4", "bool"])
def test_weights_of_another_dtype_are_refused(dtype, small_file):
    name = weights_and_trial(small_file)[0][0]
    content = change(small_file, lambda d: None, filled(small_file, name, 1, dtype))
    refuse(
        content, f"float32 or float16 for the weights of a network, found {np.dtype(dtype).name}"
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("classes_", [[1], [2]]),
        ("classes_", {"objects": []}),
        ("n_features_in_", "64"),
        ("n_features_in_", True),
        ("n_epochs_", -1),
        ("outlier_label_", [9]),
        ("history_", [1]),
        ("history_", {"dict": [["loss", "x"]]}),
        ("history_", {"dict": [[1, [0.5]]]}),
        ("sample_shape_", {"tuple": [64.0]}),
        ("input_shape_", [64]),
        ("input_shape_", {"tuple": [-8, -8]}),
        ("feature_names_in_", {"objects": [1]}),
        ("feature_names_in_", {"objects": ["a", "b"]}),
    ],
)
def test_an_attribute_that_no_fit_leaves_is_refused(key, value, small_file):
    edits = [put(*FITTED, key, value=value)]
    if key == "classes_":  # its array is then one that nothing refers to
        edits.append(put(*FITTED, "n_epochs_", value=-1))

    def edit(description):
        for each in edits:
            each(description)

    expected = r"expected .* for .*_ of |names? cannot be those of 64 features"
    refuse(change(small_file, edit), expected)


def voting(*voters, **params):
    """Describe a vote."""
    return {
        "class": "sklearn.ensemble.VotingClassifier",
        "params": {"estimators": [{"tuple": ["a", "drop"]}], **params},
        "fitted": {"estimators_": list(voters)},
    }


@pytest.mark.parametrize(
    ("model", "match"),
    [
        (voting(n_jobs=10**9), "would start 1000000000 processes"),
        (voting(n_jobs="x"), "would start 'x' processes"),
        (voting("x"), "expected a list of estimators"),
        (voting({"estimator": {"class": "sklearn.pipeline.Pipeline",
                               "params": {"steps": []}, "fitted": {}}}), "description is not one"),
        (voting() | {"network": {"architecture": {}, "weights": [], "trial": None}},
         "has no network of its own"),
    ],
    ids=["processes", "text of processes", "text", "too many voters", "network"],
)  # fmt: skip
def test_a_vote_that_was_not_fitted_so_is_refused(model, match):
    text = json.dumps({"format": 2, "versions": {}, "model": model}).encode()
    refuse(pack({DESCRIPTION: text}), match)


@pytest.mark.parametrize(
    "step",
    ["a", {"tuple": []}, {"tuple": ["a"]}, {"tuple": [1, "drop"]}, {"tuple": ["a", 1]}, 7],
    ids=str,
)
def test_a_step_that_is_none_is_refused(step):
    model = {"class": "sklearn.pipeline.Pipeline", "params": {"steps": [step]}, "fitted": {}}
    text = json.dumps({"format": 2, "versions": {}, "model": model}).encode()
    refuse(pack({DESCRIPTION: text}), "expected names and estimators")


def test_pipelines_within_each_other_have_an_end():
    model = {"class": "sklearn.pipeline.Pipeline", "params": {"steps": []}, "fitted": {}}
    for _ in range(80):
        steps = [{"tuple": ["a", {"estimator": model}]}]
        model = model | {"params": {"steps": steps}}
    text = json.dumps({"format": 2, "versions": {}, "model": model}).encode()
    refuse(pack({DESCRIPTION: text}), "more than 100 nested lists and objects")


def test_want_of_memory_is_an_error_of_the_file(small_file, monkeypatch):
    def fail(*args):
        raise MemoryError

    monkeypatch.setattr(KerasMLPClassifier, "_run_network", fail)
    refuse(small_file, "too little memory.*close other programs")


def test_weights_of_another_network_are_not_taken_for_its_own(small_file):
    description = json.loads(unpack(small_file, DESCRIPTION)[DESCRIPTION])
    name = description["model"]["network"]["weights"][0]["array"]
    weights = np.load(io.BytesIO(unpack(small_file, DESCRIPTION)[name]))
    buffer = io.BytesIO()
    np.save(buffer, weights[::-1])
    content = change(small_file, lambda d: None, {name: buffer.getvalue()})
    refuse(content, "does not give the same outputs")


def test_a_later_format_says_what_to_install(small_file):
    def later(description):
        description["format"], description["versions"]["skdigits"] = 3, "9.1"
        description["model"] = "another way to say it"

    match = r"format 3, written by skdigits '9\.1', .*formats up to 2.*pip install --upgrade"
    refuse(change(small_file, later), match)


def test_an_earlier_format_says_how_to_bring_the_model_over():
    content = Path(__file__).with_name("format_1.skdigits").read_bytes()
    refuse(content, r"format 1, written by skdigits .*Train the model again.*load_weights")


def test_parameters_that_describe_another_network_do_not_matter(small_file, digits):
    edit = put(*PARAMS, "hidden_layer_sizes", value=[7, 7])
    model = model_from_bytes(change(small_file, edit), "m.skdigits")
    assert model.hidden_layer_sizes == [7, 7]
    expected = model_from_bytes(small_file, "m.skdigits").predict_proba(digits[0])
    np.testing.assert_array_equal(model.predict_proba(digits[0]), expected)


def test_other_versions_of_the_libraries_do_not_matter(small_file, digits):
    def older(description):
        description["versions"] = dict.fromkeys(description["versions"], "0.0.1")
        del description["model"]["params"]["weight_averaging"]  # not known at that time

    model = model_from_bytes(change(small_file, older), "m.skdigits")
    assert model.weight_averaging == 0.0
    assert model.predict(digits[0]).shape == digits[1].shape
