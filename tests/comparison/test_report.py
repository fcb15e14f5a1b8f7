"""A report says the same in every form."""

import csv
import io
import json

import pytest
from sklearn.dummy import DummyClassifier

from skdigits.comparison import ComparisonReport, ModelResult


@pytest.fixture
def report():
    results = (
        ModelResult("keras-cnn", 0.985, 0.002, 0.0141, 12.3, 0.05, 2, {"cnn__filters": (8, 16)}),
        ModelResult("knn", 0.94, 0.004, None, 0.01, None, 6, {}),
    )
    return ComparisonReport(results, DummyClassifier())


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


def test_the_markdown_table_is_whole(report):
    lines = report.to_markdown().splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert "98.50% ± 0.20" in lines[2]
    assert "1.41%" in lines[2]
    assert "filters=(8, 16)" in lines[2]
