"""A description that save_model did not write makes an error, and nothing else."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from skdigits.exceptions import ModelFileError
from skdigits.persistence._archive import DESCRIPTION, pack, unpack
from skdigits.persistence._model_files import model_from_bytes

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


PARAMS, FITTED = ("model", "params"), ("model", "fitted")
MADE_UP = {
    "class of the system": (put("model", "class", value="os.system"), "class 'os.system'"),
    "built-in class": (put("model", "class", value="builtins.eval"), "class 'builtins.eval'"),
    "class of scikit-learn": (put("model", "class", value="sklearn.svm.SVC"), "sklearn.svm.SVC"),
    "private class": (
        put("model", "class", value="skdigits.neural_network._base.BaseKerasClassifier"),
        "names the class",
    ),
    "another class": (put("model", "class", value="sklearn.pipeline.Pipeline"), "unexpected"),
    "class that is no text": (put("model", "class", value=["os"]), "description is not one"),
    "no class": (lambda d: d["model"].pop("class"), "description is not one"),
    "unknown parameter": (put(*PARAMS, "spell", value=1), "unexpected keyword.*pip install"),
    "parameter of a wrong type": (put(*PARAMS, "epochs", value="many"), "'epochs' parameter"),
    "unknown activation": (put(*PARAMS, "activation", value="os.system"), "'activation'"),
    "callable activation": (
        put(*PARAMS, "activation", value={"keras": {"class": "saving.load_model", "config": {}}}),
        "Keras class 'saving.load_model'",
    ),
    "layer with code": (
        put(*PARAMS, "loss", value={"keras": {"class": "layers.Lambda", "config": {}}}),
        "Keras class 'layers.Lambda'",
    ),
    "folder to write into": (
        put(*PARAMS, "checkpoint_dir", value="runs"), "would use the folder 'runs'"),
    "unknown kind of value": (put(*PARAMS, "epochs", value={"eval": "1"}), "KeyError"),
    "two kinds of value": (put(*PARAMS, "epochs", value={"float": "1", "tuple": []}), "too many"),
    "larger network": (
        put(*PARAMS, "hidden_layer_sizes", value=[10**6, 10**6]), "no weights of shape"),
    "deeper network": (put(*PARAMS, "hidden_layer_sizes", value=[4] * 10**5), "no weights of"),
    "smaller network": (put(*PARAMS, "hidden_layer_sizes", value=[]), "no weights of shape|set_w"),
    "another network": (put(*PARAMS, "activation", value="tanh"), "does not give the outputs"),
    "method for an attribute": (put(*FITTED, "predict", value=1), "no fitted attribute 'predict'"),
    "class for an attribute": (put(*FITTED, "__class__", value=1), "no fitted attribute"),
    "missing attribute": (lambda d: d["model"]["fitted"].pop("classes_"), "classes_"),
    "shapes that do not fit": (
        put(*FITTED, "input_shape_", value={"tuple": [65]}), "do not have 64 features"),
    "shape of nothing": (put(*FITTED, "sample_shape_", value={"tuple": []}), "do not have 64"),
    "array of another name": (
        put(*FITTED, "classes_", value={"array": "/etc/passwd"}), "KeyError"),
    "array used twice": (
        lambda d: d["model"]["network"]["weights"].append(d["model"]["network"]["weights"][0]),
        "KeyError",
    ),
    "array that is not used": (
        lambda d: d["model"]["network"]["weights"].pop(), "no weights of shape|set_weights"),
    "no network": (lambda d: d["model"].pop("network"), "nothing in it refers to arrays/"),
    "no versions": (lambda d: (d.pop("versions"), d.pop("format")), "description is not one"),
    "format of no number": (put("format", value="two"), "description is not one"),
}  # fmt: skip


@pytest.mark.parametrize("case", MADE_UP)
def test_a_made_up_description_is_refused(case, small_file):
    edit, match = MADE_UP[case]
    refuse(change(small_file, edit), match)


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 10**5, b'{"format": 1}',
     b'{"format": 1, "model": 3}', b'{"format": ' + b"9" * 5000 + b"}"],
    ids=lambda text: repr(text[:24]),
)  # fmt: skip
def test_a_description_that_is_none_is_refused(text):
    refuse(pack({DESCRIPTION: text}), "description is not one")


def test_pickled_objects_are_refused_unread(small_file):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("code of the file has run",))

    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    content = change(small_file, lambda d: None, {"arrays/0.npy": buffer.getvalue()})
    refuse(content, "dtype object")


def test_a_pipeline_whose_next_fit_would_read_pickles_is_refused():
    model = {
        "class": "sklearn.pipeline.Pipeline",
        "params": {"steps": [], "memory": "cache"},
        "fitted": {},
    }
    text = json.dumps({"format": 1, "versions": {}, "model": model}).encode()
    refuse(pack({DESCRIPTION: text}), "would use the folder 'cache'")


def test_weights_of_another_network_are_not_taken_for_its_own(small_file):
    description = json.loads(unpack(small_file)[DESCRIPTION])
    name = description["model"]["network"]["weights"][0]["array"]
    weights = np.load(io.BytesIO(unpack(small_file)[name]))
    buffer = io.BytesIO()
    np.save(buffer, weights[::-1])
    content = change(small_file, lambda d: None, {name: buffer.getvalue()})
    refuse(content, "does not give the outputs")


def test_a_later_format_says_what_to_install(small_file):
    def later(description):
        description["format"], description["versions"]["skdigits"] = 2, "9.1"
        description["model"] = "another way to say it"

    match = r"format 2, written by skdigits 9\.1, .*formats up to 1.*pip install --upgrade"
    refuse(change(small_file, later), match)


def test_other_versions_of_the_libraries_do_not_matter(small_file, digits):
    def older(description):
        description["versions"] = dict.fromkeys(description["versions"], "0.0.1")
        del description["model"]["params"]["weight_averaging"]  # not known at that time

    model = model_from_bytes(change(small_file, older), "m.skdigits")
    assert model.weight_averaging == 0.0
    assert model.predict(digits[0]).shape == digits[1].shape
