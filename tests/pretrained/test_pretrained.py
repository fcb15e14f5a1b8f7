"""A trained Pipeline is what its card says, and ready at once."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skdigits import load_mnist, load_pretrained, pretrained_names
from skdigits.exceptions import DamagedDataError
from skdigits.pretrained import _pretrained

from ._cards import figures


@pytest.mark.parametrize("name", pretrained_names())
def test_the_card_states_the_error_on_the_test_images(name):
    X, y = load_mnist(subset="test", return_X_y=True)
    stated = figures(name)["errors"]["MNIST test images"]
    model = load_pretrained(name)
    wrong = int((model.predict(X) != y).sum())
    assert stated["n"] == len(y)
    assert stated["error"] == pytest.approx(stated["wrong"] / len(y))
    # Another processor may decide a picture or two the other way.
    assert abs(wrong - stated["wrong"]) <= 2
    assert stated["error"] < 0.01


def test_flat_and_square_pictures_of_any_type_give_the_same():
    X, y = load_mnist(subset="test", n_samples=100, return_X_y=True)
    model = load_pretrained()
    expected = model.predict_proba(X)
    np.testing.assert_array_equal(model.predict_proba(X.reshape(-1, 28, 28)), expected)
    np.testing.assert_array_equal(model.predict_proba(X.astype(np.float64)), expected)
    assert list(model.classes_) == list(range(10))
    assert (model.predict(X) == y).mean() > 0.95


def test_it_is_an_ordinary_pipeline_of_the_callers_own():
    model = load_pretrained()
    assert type(model) is Pipeline
    assert load_pretrained() is not model
    X, y = load_mnist(subset="train", n_samples=100, return_X_y=True, random_state=0)
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copied.predict_proba(X), model.predict_proba(X))
    again = clone(model)
    again[-1].set_params(epochs=1, outlier_label=None)  # there are digits alone
    again.fit(X, y)
    assert not np.array_equal(again.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("name", ["defualt", "../data/default", "", None, ["default"]])
def test_another_name_is_answered_with_the_names(name):
    with pytest.raises(ValueError, match=r"No pretrained model is named .*The names are: default"):
        load_pretrained(name)


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_damaged_file_says_how_to_get_another(damage, tmp_path, monkeypatch):
    if damage == "changed":
        content = _pretrained.model_location("default").read_bytes()
        (tmp_path / "default.skdigits").write_bytes(content[:-1] + b"!")
    monkeypatch.setattr(_pretrained, "data_folder", lambda: tmp_path)
    with pytest.raises(
        DamagedDataError, match=r"expected .*digest.*pip install --force-reinstall"
    ):
        load_pretrained()


FRESH = """
import sys, time
from skdigits import load_mnist, load_pretrained
X, y = load_mnist(subset="test", n_samples=20, return_X_y=True)
assert (load_pretrained().predict(X) == y).mean() > 0.9
assert not {"keras", "tensorflow", "scikeras", "matplotlib"} & set(sys.modules)
print(time.process_time())
"""


def test_it_is_ready_soon_in_a_new_process_and_needs_no_tensorflow(run_python):
    # It takes half of that; the rest is for slower processors.
    assert float(run_python("-c", FRESH)) < 4
