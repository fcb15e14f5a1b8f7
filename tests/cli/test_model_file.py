"""Saved models of both kinds are loaded, and files that are no models are refused."""

import pickle

import joblib
import pytest
from sklearn.neighbors import KNeighborsClassifier

from skdigits import save_model
from skdigits.cli._model_file import load_classifier
from skdigits.exceptions import ModelFileError


class Trap:
    """Write a file when it is unpickled."""

    def __init__(self, path):
        self._path = path

    def __reduce__(self):
        return open, (str(self._path), "w")


@pytest.mark.parametrize("name", ["model.skdigits", "model.joblib", "model"])
def test_the_content_says_which_kind_it_is(name, framed_mlp, tmp_path):
    save_model(framed_mlp[1:], tmp_path / name)
    assert load_classifier(tmp_path / name).classes_.tolist() == [*range(10)]


@pytest.mark.parametrize("compress", [0, 3])
def test_joblib_files(compress, tmp_path):
    joblib.dump(KNeighborsClassifier(3), tmp_path / "knn.joblib", compress=compress)
    assert load_classifier(tmp_path / "knn.joblib").n_neighbors == 3


def test_a_file_that_should_run_no_code_runs_none(tmp_path):
    (tmp_path / "trap.skdigits").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(ModelFileError):
        load_classifier(tmp_path / "trap.skdigits")
    assert not (tmp_path / "sprung").exists()


def test_what_is_no_model_is_refused(tmp_path):
    joblib.dump({"a": 1}, tmp_path / "dict.joblib")
    with pytest.raises(ValueError, match="holds dict, not a classifier; choose another file"):
        load_classifier(tmp_path / "dict.joblib")
    (tmp_path / "digits.onnx").touch()
    with pytest.raises(ValueError, match=r"digits\.onnx is an ONNX file\. Pass the \.joblib or"):
        load_classifier(tmp_path / "digits.onnx")
    (tmp_path / "text.joblib").write_text("none")
    with pytest.raises(ValueError, match=r"written by save_model or joblib\.dump"):
        load_classifier(tmp_path / "text.joblib")
