"""What measure_pictures.py counts, and that it runs on any folder of pictures."""

from __future__ import annotations

import csv
import importlib
import json
import sys
from itertools import combinations
from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, KerasMLPClassifier, MNISTNormalizer, load_mnist

from . import handwriting

FOLDER = Path(__file__).parents[1] / "examples" / "benchmarks"


@pytest.fixture(scope="module", autouse=True)
def _importable():
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def scores():
    return importlib.import_module("picture_scores")


@pytest.fixture
def read(scores):
    """Make readings of the characters of a text, all equally sure."""

    def make(text, probability=0.99, **changes):
        return [scores.Reading(each, probability, **changes) for each in text]

    return make


# Counting


@settings(max_examples=50, deadline=None)
@given(st.text("01", max_size=7), st.text("01", max_size=7))
def test_alignment_is_the_longest_common_subsequence(read, truth):
    align = importlib.import_module("picture_scores").align
    is_right = align(read, [0.5] * len(read), truth)
    subsequences = {
        "".join(each) for n in range(len(truth) + 1) for each in combinations(truth, n)
    }
    aligned = "".join(each for each, right in zip(read, is_right, strict=True) if right)
    assert aligned in subsequences
    longest = max(
        n
        for n in range(len(read) + 1)
        if any("".join(each) in subsequences for each in combinations(read, n))
    )
    assert len(aligned) == longest


def test_the_surest_of_equal_digits_counts_as_right(scores):
    assert scores.align("001", [0.3, 0.9, 0.9], "01") == [False, True, True]
    assert scores.match("100", [0.9, 0.3, 0.8], "01") == [True, False, True]


def test_single_digits_are_counted_by_what_went_wrong(scores):
    readings = [
        scores.Reading("1", 0.99),  # right
        scores.Reading("7", 0.99),  # wrong and sure
        scores.Reading("7", 0.5),  # wrong
        scores.Reading("7", 0.99, is_digit=False),  # wrong and refused
        scores.Reading("1", 0.99, is_digit=False),  # right, but refused
        scores.Reading(None),
    ]
    truths = ["1"] * 5 + ["2"]
    counts, by_digit = (
        count(readings, truths) for count in (scores.count_digits, scores.count_by_digit)
    )
    assert counts["n"] == 6
    assert (counts["wrong"], counts["wrong label"], counts["blank"]) == (4, 3, 1)
    assert (counts["refused"], counts["confident mistakes"]) == (2, 1)
    assert counts["not read right"] == 5
    low, high = counts["interval"]
    assert low < counts["error"] < high
    assert by_digit["1"]["error"] == 3 / 5
    assert by_digit["2"]["blank"] == 1


def test_a_reader_without_probabilities_has_no_confident_mistakes(scores):
    readings = [scores.Reading("1"), scores.Reading("2")]
    counts = scores.count_digits(readings, ["1", "1"], have_probabilities=False)
    assert counts["confident mistakes"] is None
    assert scores.count_others(readings, have_probabilities=False)["confident digits"] is None


def test_pictures_without_a_digit(scores):
    readings = [
        scores.Reading("1", 0.99),
        scores.Reading("1", 0.5),
        scores.Reading("1", 0.99, is_digit=False),
        scores.Reading(None),
    ]
    assert scores.count_others(readings) == {
        "n": 4,
        "confident digits": 1,
        "digits": 2,
        "refused": 1,
        "blank": 1,
    }


def test_page_is_compared_line_by_line(scores, read):
    readings = [
        *read("12", line=0),
        *read("5", probability=0.6, line=0),  # not there
        *read("45", line=1),
        *read("7", line=2),  # not there, and sure
        *read("8", line=2, left_out="cut off at the edge"),
        *read("8", line=2, is_digit=False, left_out=scores.NO_DIGIT),
    ]
    page = scores.compare_page(readings, "12\n45", "plain paper")
    assert page == scores.Page(
        n_digits=4,
        n_right=4,
        n_not_there=2,
        n_sure_and_wrong=1,
        n_numbers=2,
        n_whole=1,
        left_out={"cut off at the edge": 1, "no digit": 1},
    )


def test_scattered_digits_have_no_order(scores, read):
    ordered = scores.compare_page(read("321"), "123", "plain paper")
    scattered = scores.compare_page(read("321"), "123", "scan, scattered")
    assert (ordered.n_right, ordered.n_whole) == (1, 0)
    assert (scattered.n_right, scattered.n_whole) == (3, 1)


def test_pages_are_added_up(scores, read):
    pages = [scores.compare_page(read(text), "123", "plain paper") for text in ("123", "1", "")]
    found = scores.add_pages(pages, have_probabilities=True)
    assert (found["n"], found["digits"], found["right"], found["whole numbers"]) == (3, 9, 4, 1)
    low, high = found["interval"]
    assert low < 4 / 9 < high
    assert (
        scores.add_pages(pages, have_probabilities=False)["wrong without a question mark"] is None
    )


# Readers


def test_otsu_divides_ink_from_paper():
    threshold = importlib.import_module("picture_readers").otsu_threshold
    rng = np.random.RandomState(0)
    grey = np.concatenate([rng.normal(40, 8, 500), rng.normal(200, 8, 3000)]).astype(np.uint8)
    assert 60 < threshold(grey) < 180


def test_set_and_single_pictures_are_read_alike():
    reader = importlib.import_module("picture_readers").Skdigits()
    images = load_mnist(subset="test").images[:5]
    blank = np.zeros_like(images[:1])
    pictures = np.concatenate([images, blank])
    readings = reader.read_set(pictures, dark_ink=False)
    assert [each.label for each in readings] == ["7", "2", "1", "0", "4", None]
    for one, other in zip(readings, reader.read_singles(pictures), strict=True):
        assert (one.label, one.is_digit) == (other.label, other.is_digit)
    assert reader.read_pages([blank[0]]) == [[]]


def test_model_of_a_file_is_measured(tmp_path):
    X, y = load_mnist(subset="train", n_samples=300, return_X_y=True, random_state=0)
    joblib.dump(make_pipeline(KNeighborsClassifier(3)).fit(X, y), tmp_path / "knn.joblib")
    reader = importlib.import_module("picture_readers").Skdigits(tmp_path / "knn.joblib")
    assert reader.title == "skdigits with knn.joblib"
    readings = reader.read_set(load_mnist(subset="test").images[:4], dark_ink=None)
    assert [each.label for each in readings] == ["7", "2", "1", "0"]


def test_what_is_no_digit_is_refused_in_sets_and_files(tmp_path):
    mnist = load_mnist(subset="train", n_samples=400, random_state=0)
    # Each half of the others is a digit upside down beside another one.
    others = np.concatenate([mnist.images[:200, ::-1, ::2], mnist.images[200:, :, ::2]], axis=2)
    X, y = np.concatenate([mnist.images, others]), np.concatenate([mnist.target, [-1] * 200])
    network = KerasMLPClassifier(
        hidden_layer_sizes=(64,), epochs=5, outlier_label=-1, random_state=0
    )
    model = make_pipeline(MNISTNormalizer(), ImageScaler(), network).fit(X, y)
    joblib.dump(model, tmp_path / "model.joblib")
    reader = importlib.import_module("picture_readers").Skdigits(tmp_path / "model.joblib")
    pictures = np.concatenate([mnist.images[:20], others[:20]])
    of_set, of_files = reader.read_set(pictures, dark_ink=None), reader.read_singles(pictures)
    assert [each.is_digit for each in of_set] == [each.is_digit for each in of_files]
    refused = np.array([each.is_refused for each in of_set])
    assert refused[:20].mean() < 0.2 < 0.8 < refused[20:].mean()
    pieces = [each for page in reader.read_pages(others[:5]) for each in page]
    assert all(each.left_out for each in pieces if each.is_refused)


def test_long_side_gets_its_length():
    resize = importlib.import_module("picture_folder").resize_longest
    for shape in ((40, 20), (40, 20, 1), (40, 20, 3), (20, 40, 4)):
        image = np.full(shape, 200, np.uint8)
        assert max(resize(image, 96).shape[:2]) == 96
        assert min(resize(image, 96).shape[:2]) == 48


def test_sample_is_stratified():
    folders = importlib.import_module("picture_folder")
    labels = ["0"] * 80 + ["1"] * 20
    taken = folders.sample(folders.Labelled(np.arange(100), labels, None), 10)
    assert taken.labels == ["0"] * 8 + ["1"] * 2
    assert [labels[row] for row in taken.pictures] == taken.labels


# The program


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Make a folder of pictures as the program expects it."""
    folder = tmp_path_factory.mktemp("pictures")
    mnist = load_mnist(subset="test")
    for part in ("sets", "singles", "photos", "no_digits"):
        (folder / part).mkdir()
    np.savez(
        folder / "sets" / "forms.npz",
        pictures=255 - mnist.images[:30],
        labels=mnist.target[:30],
        dark_ink=True,
    )
    cells = np.full((4, 28, 28), 255, np.uint8)
    np.savez(folder / "no_digits" / "empty_cells.npz", pictures=cells)
    for part, draw, kind in (
        ("singles", handwriting.ink_on_paper, "photo, thin pen"),
        ("photos", handwriting.numbers, "plain paper"),
    ):
        drawn = draw(2, seed=5)
        rows = []
        for name, image, truth in zip("ab", drawn.pictures, drawn.labels, strict=True):
            Image.fromarray(image).save(folder / part / f"{name}.png")
            rows.append([f"{name}.png", truth, kind, "made here"])
        if part == "singles":
            rows[1][1:3] = ["", "NOT a digit, we say"]
        with (folder / part / "labels.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["file", "truth", "kind", "source"], *rows])
    return folder


def run(*arguments):
    importlib.import_module("measure_pictures").main([str(each) for each in arguments])


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_a_quick_measurement_writes_its_results(pictures, tmp_path, capsys):
    run(pictures, "--quick", "--models", "skdigits", "tutorial", "--output", tmp_path)
    results = json.loads((tmp_path / "pictures.json").read_text("utf-8"))
    assert list(results) == ["skdigits", "tutorial"]
    ours = results["skdigits"]
    assert ours["run"]["quick"]
    assert ours["sets"]["forms"]["error"] < 0.1
    assert ours["singles"]["photo, thin pen"]["n"] == 1
    assert ours["other singles"]["all kinds"]["n"] == 1
    assert ours["photos"]["plain paper"]["right"] > 1
    assert ours["no_digits"]["empty_cells"]["n"] == 4
    head, *rows = read_csv(tmp_path / "pictures_sets.csv")
    assert [row[0] for row in rows] == ["MNIST test images", "load_digits, 8 x 8", "forms"]
    assert "tutorial error" in head
    targets = {row[0]: row[1:] for row in read_csv(tmp_path / "pictures_targets.csv")}
    assert "at most 3.0% of the 1s" in targets["forms"][0]
    assert targets["no digit: empty_cells"][1].startswith("met: 0.0%")
    for name in ("singles", "photographs", "no_digits", "sizes"):
        assert len(read_csv(tmp_path / f"pictures_{name}.csv")) > 1
    assert "Sets of single digits" in capsys.readouterr().out

    # Results of a reader that is not measured again stay in the tables.
    run(pictures, "--quick", "--output", tmp_path)
    assert read_csv(tmp_path / "pictures_sets.csv")[0] == head
    with pytest.raises(SystemExit):
        run(pictures, "--output", tmp_path)
    assert "results of another size" in capsys.readouterr().err


def test_parts_may_be_missing_and_kinds_be_chosen(pictures, tmp_path, capsys):
    only = tmp_path / "only"
    (only / "sets").mkdir(parents=True)
    (only / "sets" / "forms.npz").write_bytes((pictures / "sets" / "forms.npz").read_bytes())
    run(only, "--kinds", "forms")
    out = capsys.readouterr().out
    assert "forms" in out
    assert "MNIST" not in out
    assert "Photographs" not in out
    assert "written" not in out
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit):
        run(tmp_path / "empty")
    assert "has none of the folders sets" in capsys.readouterr().err


def test_targets_that_are_missed_are_named():
    tables = importlib.import_module("picture_tables")
    counts = {
        "n": 1000,
        "wrong": 20,
        "error": 0.02,
        "interval": [0.01, 0.03],
        "wrong label": 19,
        "blank": 1,
        "refused": 11,
        "not read right": 30,
        "confident mistakes": 0,
        "by digit": {},
    }
    results = {"skdigits": {"sets": {"usps": counts, "unknown": counts | {"refused": 10}}}}
    (table,) = tables.make_tables(results)
    assert [row[-2:] for row in table.rows[1:]] == [
        [
            "at most 0.60%, 0 blank, at most 1.0% refused",
            "missed: 2.00%, 1 blank, 1.1% refused",
        ],
        ["at most 1.0% refused", "met: 1.0% refused"],
    ]


def test_every_target_is_a_quantity_of_its_rows():
    tables = importlib.import_module("picture_tables")
    targets = [*tables.SET_TARGETS.values(), *tables.PAGE_TARGETS.values()]
    targets += [tables.CELL_TARGET, tables.OTHERS_TARGET, *tables.SIZE_TARGETS.values()]
    assert {limit.quantity for limits in targets for limit in limits} == set(tables.QUANTITIES)


def test_results_of_other_pictures_are_not_mixed(pictures):
    folders = importlib.import_module("picture_folder")
    digests = {
        folders.PictureFolder(pictures, words, n).digest()
        for words, n in (([], None), (["forms"], None), ([], 20))
    }
    assert len(digests) == 3
