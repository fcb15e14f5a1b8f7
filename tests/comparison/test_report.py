"""A report says the same in every form."""

import csv
import io
import json
from pathlib import Path

import joblib
import pytest
from sklearn.dummy import DummyClassifier

from skdigits.comparison import ComparisonReport, ModelResult

from ._hand_made import dump


def _result(model, **changes):
    figures = {
        "model": model,
        "cv_mean": 0.94,
        "cv_std": 0.004,
        "cv_f1": 0.94,
        "cv_log_loss": None,
        "n_candidates": 6,
        "n_left_out": 0,
        "best_params": {},
        "fit_time": 0.01,
        "size": 9_000,
        "n_parameters": None,
    }
    return ModelResult(**figures | changes)


@pytest.fixture
def report():
    winner = _result(
        "keras-cnn",
        cv_mean=0.985,
        cv_std=0.002,
        best_params={"cnn__filters": (8, 16)},
        test_error=0.0141,
        test_error_low=0.0120,
        test_error_high=0.0166,
        predict_time=0.05,
        on_frontier=True,
    )
    return ComparisonReport(
        (winner, _result("knn")),
        dump(DummyClassifier()),
        statements=("keras-cnn wins.",),
        failures={"knn": ["{'p': 3} failed: ValueError: no"]},
        setting={"Seed": "0"},
    )


def test_the_frame_has_a_row_a_model(report):
    frame = report.to_frame()
    assert frame["model"].tolist() == ["keras-cnn", "knn"]
    expected = {"model", "cv_mean", "cv_std", "test_error", "fit_time", "predict_time"}
    assert expected <= set(frame.columns)


def test_the_csv_reads_back(report):
    rows = list(csv.DictReader(io.StringIO(report.to_csv())))
    assert [row["model"] for row in rows] == ["keras-cnn", "knn"]
    assert float(rows[0]["test_error"]) == 0.0141
    assert json.loads(rows[0]["best_params"]) == {"cnn__filters": [8, 16]}
    assert rows[1]["test_error"] == ""


def test_the_markdown_says_it_all(report):
    text = report.to_markdown()
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 4
    assert len({line.count("|") for line in table}) == 1
    assert "98.50% ± 0.20" in table[2]
    assert "1.41%" in table[2]
    assert "1.20% to 1.66%" in table[2]
    assert "keras-cnn *" in table[2]
    assert "filters=(8, 16)" in table[2]
    assert "\n\\* No other model has both" in text
    for line in ("- keras-cnn wins.", "- knn: {'p': 3} failed: ValueError: no", "- Seed: 0"):
        assert line in text.splitlines()


def test_saving_writes_every_form_and_the_winner(report, tmp_path):
    report.save(tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    assert sorted(path.name for path in folder.iterdir()) == [
        "best.joblib",
        "figures",
        "report.html",
        "report.md",
        "results.csv",
    ]
    assert isinstance(joblib.load(folder / "best.joblib"), DummyClassifier)
    assert isinstance(report.best_estimator_, DummyClassifier)
    assert (folder / "report.md").read_text("utf-8") == report.to_markdown()
    assert (folder / "figures" / "error.svg").stat().st_size > 1000


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")
def test_a_full_disk_is_told_and_the_report_can_be_saved_again(report, tmp_path, fill_disk):
    fill_disk(tmp_path / "report.html")
    with pytest.raises(OSError, match=r"cannot write report.html \(No space left.*save again"):
        report.save(tmp_path)
    assert not (tmp_path / "report.html").exists()
    report.save(tmp_path)
    assert "keras-cnn" in (tmp_path / "report.html").read_text("utf-8")


def test_figures_are_not_written_through_a_link(report, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "figures").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r"expected a folder named figures in it, found a link"):
        report.save(tmp_path / "kept")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("kind", ["error", "fit_time"])
def test_a_report_draws_itself(report, kind):
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    assert report.plot(kind, ax=axes).ax_ is axes
