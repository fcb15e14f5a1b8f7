"""Result files that are damaged, old or forged are computed again, and never run."""

import dataclasses
import io
import json
import os
import shutil
import tracemalloc
from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier

from skdigits.comparison import compare
from skdigits.comparison._folder import ComparisonFolder
from skdigits.comparison._result_files import pack_predictions, result_to_json
from skdigits.comparison._tasks import (
    FitScores,
    LabelledSamples,
    Predictions,
    SamplesLostError,
    TrainedModel,
    score_candidate,
    take_curves,
    train_model,
)
from skdigits.exceptions import FolderMismatchError

from ._digits import BAYES, NEIGHBOURS, small_digits, table

SCORES = FitScores(0.9375, 0.93, 0.2, fit_time=0.1, score_time=0.01)
FAILED = FitScores(None, None, None, fit_time=0.1, score_time=0.0, error="ValueError: no")
MODEL = TrainedModel(
    b"a pickle", 0.1, 650, {"loss": [0.5, float("nan")], "accuracy": [0.8, 0.9]}, ["a warning"]
)
SAID = Predictions(np.array([3, 1, 3]), np.full((3, 2), 0.5), np.array([1, 3]), 0.1, 0.01)


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


def _empty(content):
    return b""


def _half(content):
    return content[: len(content) // 2]


def _one_bit(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]


def _other(content):
    return b"[" * 100_000


HARMS = (_empty, _half, _one_bit, _other)


@pytest.fixture
def folder(tmp_path):
    """A folder with a fit, a model and its predictions."""
    folder = ComparisonFolder(tmp_path / "kept")
    folder.path.mkdir()
    folder.configure({"seed": 0})
    folder.write_fit("fit", SCORES)
    folder.write_model("knn", "model", MODEL)
    folder.write_predictions("knn", "said", SAID)
    return folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with a finished comparison, and its table."""
    path = tmp_path_factory.mktemp("finished") / "kept"
    return path, table(_compare(path))


def _compare(path):
    X, y, X_test, y_test = small_digits()
    models = [NEIGHBOURS, BAYES]
    return compare(
        X, y, X_test=X_test, y_test=y_test, models=models, folds=2, random_state=0, folder=path
    )


def _read(folder):
    return (
        folder.read_fits().get("fit"),
        folder.read_model("knn", "model"),
        folder.read_predictions("knn", "said"),
    )


def test_what_is_whole_is_read_as_it_was_written(folder):
    scores, model, said = _read(folder)
    assert scores == SCORES
    assert repr(model) == repr(MODEL)
    assert repr(said) == repr(SAID)
    assert folder.find_damaged() == []
    folder.write_fit("failed", FAILED)
    assert folder.read_fits()["failed"] == FAILED


def test_what_depends_on_something_else_is_not_taken(folder):
    assert folder.read_model("knn", "other") is None
    assert folder.read_predictions("knn", "other") is None
    shutil.move(folder.path / "fits" / "fit.json", folder.path / "fits" / "other.json")
    assert folder.read_fits() == {}


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize(
    ("file", "lost"),
    [
        ("fits/fit.json", 0),
        ("models/knn.json", 1),
        ("models/knn.joblib", 1),
        ("predictions/knn.json", 2),
        ("predictions/knn.npz", 2),
    ],
)
def test_a_damaged_result_counts_as_not_finished_and_is_named(file, lost, harm, folder):
    path = folder.path / file
    path.write_bytes(harm(path.read_bytes()))
    assert [i for i, result in enumerate(_read(folder)) if result is None] == [lost]
    name = file if file.startswith("fits") else str(Path(file).with_suffix(".*"))
    assert folder.find_damaged() == [name]


def test_no_bit_of_a_fit_changes_its_figures(folder):
    path = folder.path / "fits" / "fit.json"
    content = path.read_bytes()
    for i in range(len(content)):
        for bit in range(8):
            path.write_bytes(content[:i] + bytes([content[i] ^ (1 << bit)]) + content[i + 1 :])
            assert folder.read_fits() in ({}, {"fit": SCORES})


@pytest.mark.parametrize(
    "change",
    [
        {"accuracy": float("nan")},
        {"accuracy": None},
        {"accuracy": "0.9"},
        {"accuracy": 1.5},
        {"f1": True},
        {"log_loss": float("inf")},
        {"fit_time": -1.0},
        {"error": 3},
        {"is_lasting": False},
        {"other": 1},
    ],
)
def test_a_fit_of_before_digests_is_taken_if_it_is_well_formed(change, folder):
    path = folder.path / "fits" / "fit.json"
    old = dataclasses.asdict(SCORES)
    path.write_text(json.dumps(old))
    assert folder.read_fits() == {"fit": SCORES}
    path.write_text(json.dumps(old | change))
    assert folder.read_fits() == {}
    assert folder.find_damaged() == ["fits/fit.json"]


def test_a_model_of_before_digests_is_not_done_and_not_damaged(folder):
    costs = dataclasses.asdict(MODEL)
    del costs["dump"]
    (folder.path / "models" / "knn.json").write_text(json.dumps(["model", costs]))
    assert folder.read_model("knn", "model") is None
    assert folder.find_damaged() == []


@pytest.mark.parametrize(
    "labels",
    [
        np.array([3, 1], dtype=np.uint8),
        np.array(["even", "ungerade, größer"]),
        np.array([True, False]),
        np.array([b"a", b"b"]),
        np.array(["even", "odd\0"], dtype=object),
        np.array([1, 2.5], dtype=object),
    ],
    ids=lambda labels: labels.dtype.str,
)
@pytest.mark.parametrize("dtype", [None, np.float32, np.float64])
def test_predictions_of_any_labels_are_kept_without_a_pickle(labels, dtype, folder):
    probabilities = None if dtype is None else np.array([[0.1, 0.9]] * 4, dtype)
    said = Predictions(labels[[0, 1, 1, 0]], probabilities, labels, 0.1, 0.01)
    folder.write_predictions("knn", "said", said)
    found = folder.read_predictions("knn", "said")
    assert repr(found) == repr(said)
    assert found.predicted.dtype == labels.dtype


def test_labels_that_only_a_pickle_could_hold_are_not_kept(folder):
    labels = np.array([("a", 1), None], dtype=object)
    folder.write_predictions("odd", "said", Predictions(labels, None, labels, 0.1, 0.01))
    assert folder.read_predictions("odd", "said") is None
    assert folder.find_damaged() == []


def test_the_predictions_of_a_model_do_not_take_another_s_place(folder):
    folder.write_predictions("knn-predictions", "said", SAID)
    folder.write_model("knn-predictions", "model", MODEL)
    assert None not in _read(folder)


def test_a_name_that_is_taken_is_an_error_that_says_what_to_do(folder):
    shutil.rmtree(folder.path / "fits")
    (folder.path / "fits").write_text("precious")
    with pytest.raises(OSError, match=r"the folder fits in it \(File exists\)\. Delete the file"):
        folder.configure({"seed": 0})


@pytest.mark.parametrize("name", ["fits", "models", "predictions"])
def test_nothing_is_written_through_a_link(name, folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    shutil.rmtree(folder.path / name)
    (folder.path / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=rf"expected a folder named {name} in it, found a link"):
        folder.configure({"seed": 0})


def test_a_model_that_was_deleted_to_save_room_is_not_done_and_not_damaged(folder):
    (folder.path / "models" / "knn.joblib").unlink()
    (folder.path / "predictions" / "knn.npz").unlink()
    assert _read(folder) == (SCORES, None, None)
    assert folder.find_damaged() == []


@pytest.mark.parametrize(
    ("file", "lost"),
    [("fits/fit.json", 0), ("models/knn.joblib", 1), ("predictions/knn.npz", 2)],
)
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_has_no_end_is_not_read(kind, file, lost, folder):
    path = folder.path / file
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    assert [i for i, result in enumerate(_read(folder)) if result is None] == [lost]
    assert len(folder.find_damaged()) == 1


def _write_result(folder, file, content, beside=b""):
    """Write a result like a forger, with a digest that is right."""
    key = {"fits": "fit", "models": "model", "predictions": "said"}[file.split("/")[0]]
    (folder.path / file).with_suffix(".json").write_text(result_to_json(key, content, beside))
    if not file.startswith("fits"):
        (folder.path / file).write_bytes(beside)


def _costs(**changes):
    return {k: v for k, v in (dataclasses.asdict(MODEL) | changes).items() if k != "dump"}


def test_arrays_that_would_fill_the_memory_are_not_read(folder, monkeypatch):
    monkeypatch.setattr("skdigits.comparison._result_files._MOST_BYTES", 1_000_000)
    content, _ = pack_predictions(SAID)
    file = io.BytesIO()
    np.savez_compressed(file, predicted=np.zeros(20_000_000, np.uint8), classes=SAID.classes)
    _write_result(folder, "predictions/knn.npz", content, file.getvalue())
    tracemalloc.start()
    try:
        assert folder.read_predictions("knn", "said") is None
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_predictions_that_would_not_be_read_are_not_written(folder, monkeypatch):
    monkeypatch.setattr("skdigits.comparison._result_files._MOST_BYTES", 50)
    folder.write_predictions("odd", "said", SAID)
    assert folder.read_predictions("odd", "said") is None
    assert folder.find_damaged() == []


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("fits/fit.json", dataclasses.asdict(SCORES) | {"fit_time": 10**400}),
        ("fits/fit.json", "abc"),
        ("models/knn.joblib", "abc"),
        ("models/knn.joblib", [["a", 1]]),
        ("models/knn.joblib", _costs(fit_time=10**400)),
        ("models/knn.joblib", _costs() | {"dump": "abc"}),
        ("models/knn.joblib", _costs(history={"loss": [10**400], "accuracy": [1.0]})),
        ("predictions/knn.npz", "abc"),
        *(
            ("predictions/knn.npz", pack_predictions(SAID)[0] | change)
            for change in (
                {"predicted": "abc"},
                {"classes": 3},
                {"probabilities": [0.5]},
                {"objects": 3},
                {"objects": ["predicted"]},
                {"predict_time": 10**400},
            )
        ),
    ],
)
def test_a_forged_result_is_damaged_and_nothing_else(file, content, folder):
    beside = {"predictions": pack_predictions(SAID)[1]}.get(file.split("/")[0], b"")
    _write_result(folder, file, content, beside)
    assert len(folder.find_damaged()) == 1
    assert _read(folder).count(None) == 1


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("file", "content", "beside"),
    [
        ("fits/fit.json", dataclasses.asdict(SCORES), b""),
        ("models/knn.joblib", _costs(), b"a pickle"),
        ("predictions/knn.npz", *pack_predictions(SAID)),
    ],
)
def test_any_forged_file_is_a_result_or_damaged(file, content, beside, folder):
    changes = st.dictionaries(st.sampled_from(sorted(content)) | st.text(), _VALUES, max_size=3)
    arrays = st.just(beside) | st.binary()

    @settings(deadline=None, max_examples=200)
    @given(_VALUES | changes.map(lambda change: content | change), arrays)
    def check(found, arrays):
        _write_result(folder, file, found, b"" if file.startswith("fits") else arrays)
        assert _read(folder).count(None) == len(folder.find_damaged())

    check()


@pytest.mark.parametrize("history", [[0.5], {"loss": [0.5]}, {"loss": 3, "accuracy": [1.0]}])
def test_a_history_without_curves_is_none(history):
    assert take_curves(history) is None


def test_a_model_whose_history_has_more_than_curves_is_read_again(tmp_path):
    X, y, *_ = small_digits()
    model = train_model(LabelledSamples(X, y), _KeepsMore(), {})
    folder = ComparisonFolder(tmp_path)
    folder.configure({"seed": 0})
    folder.write_model("more", "model", model)
    assert folder.read_model("more", "model") == model
    assert folder.find_damaged() == []
    assert model.history == {"loss": [0.5, 0.25], "accuracy": [0.8, 0.9]}


class _KeepsMore(DummyClassifier):
    """A network of another library, with figures beside the lists of its history."""

    def fit(self, X, y):
        super().fit(X, y)
        losses = np.array([0.5, 0.25], np.float32)
        self.history_ = {"loss": losses, "accuracy": [0.8, 0.9], "best": 1, "lr": [None]}
        return self


def test_a_damaged_folder_gives_the_same_table_and_says_so_in_a_line(finished, tmp_path):
    path, expected = finished
    kept = shutil.copytree(path, tmp_path / "kept")
    fit = min(kept.glob("fits/*.json"))
    for file, harm in zip(
        (fit, kept / "models" / "bayes.joblib", kept / "predictions" / "bayes.npz"),
        HARMS,
        strict=False,
    ):
        file.write_bytes(harm(file.read_bytes()))
    said = rf"3 files in .*kept are damaged \(fits/{fit.name} and 2 more\); .* computed again"
    with pytest.warns(UserWarning, match=said):
        assert table(_compare(kept)) == expected
    assert table(_compare(kept)) == expected


def test_a_stranger_s_pickles_are_not_run(finished, tmp_path):
    path, expected = finished
    kept = shutil.copytree(path, tmp_path / "kept")
    shutil.rmtree(kept / "predictions")
    for name in ("bayes", "neighbours"):
        joblib.dump(Evil(tmp_path / "trace"), kept / "models" / f"{name}-predictions.joblib")
    joblib.dump(Evil(tmp_path / "trace"), kept / "models" / "bayes.joblib")
    (tmp_path / "victim").write_text("precious")
    (kept / ".samples.joblib").symlink_to(tmp_path / "victim")
    with pytest.warns(UserWarning, match=r"1 file in .* is damaged \(models/bayes.[*]\)"):
        assert table(_compare(kept)) == expected
    assert not (tmp_path / "trace").exists()
    assert (tmp_path / "victim").read_text() == "precious"


@pytest.mark.parametrize("change", ["replaced", "removed"])
def test_samples_that_the_run_has_not_written_are_not_read(change, folder, tmp_path):
    X, y, *_ = small_digits()
    file = folder.write_samples(LabelledSamples(X, y))
    file.path.unlink()
    if change == "replaced":
        joblib.dump(Evil(tmp_path / "trace"), file.path)
    fold = np.arange(200), np.arange(200, 300)
    with pytest.raises(SamplesLostError, match=r"\.samples\.joblib.*same comparison again"):
        score_candidate(file, BAYES.estimator, {}, fold)
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize(
    "harm",
    [
        _empty,
        _half,
        _other,
        lambda _: b"null",
        lambda _: b"[]",
        lambda _: b'{"seed": "zero"}',
    ],
)
def test_a_configuration_that_cannot_be_read_is_an_error_with_its_name(harm, folder):
    path = folder.path / "configuration.json"
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(FolderMismatchError, match=r"configuration\.json is damaged.*delete this"):
        folder.configure({"seed": 0})


def test_a_configuration_that_has_no_end_is_an_error_too(folder):
    path = folder.path / "configuration.json"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(FolderMismatchError, match=r"damaged \(it is not a regular file\)"):
        folder.configure({"seed": 0})
