"""``skdigits predict`` reads pictures, and says what is wrong with others."""

import csv
import io
import json
import sys

import joblib
import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.neighbors import KNeighborsClassifier

from skdigits import load_mnist, save_model
from skdigits.cli import main

from .._pages import write
from .._small import mlp, pipeline


@pytest.fixture(scope="module")
def models(framed_mlp, tmp_path_factory):
    """Give a file of each kind: with the framing step and without."""
    folder = tmp_path_factory.mktemp("models")
    joblib.dump(framed_mlp, folder / "framed.joblib")
    save_model(framed_mlp[1:], folder / "plain.skdigits")
    digits = load_mnist(subset="train", n_samples=500, return_X_y=True, random_state=0)
    joblib.dump(KNeighborsClassifier(3).fit(*digits), folder / "rows.joblib")
    return folder


@pytest.fixture
def place(written, tmp_path, monkeypatch):
    """Give an empty folder to work in, with three pictures."""
    for name, text in (("seven.png", "7"), ("two.jpg", "2"), ("page.png", "41\n0")):
        Image.fromarray(written[text]).save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def predict(place, models, capsys):
    """Give a function that predicts with a tiny model: status, output, errors."""

    def run(*words, model="framed.joblib"):
        status = main(["predict", "--model", str(models / model), *map(str, words)])
        return status, *capsys.readouterr()

    return run


# What is printed


def test_a_line_a_digit(predict):
    status, out, err = predict("seven.png", "two.jpg")
    assert (status, err) == (0, "")
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[:2] for row in rows] == [["seven.png", "7"], ["two.jpg", "2"]]
    for _, label, probability, runner_up, rest, mark in rows:
        assert 0 <= float(rest) < float(probability) <= 1
        assert label != runner_up
        assert (mark == "?") == (float(probability) < 0.9)


@pytest.mark.parametrize("model", ["framed.joblib", "plain.skdigits", "rows.joblib"])
def test_both_kinds_of_file_and_models_without_framing(predict, model):
    assert predict("seven.png", model=model)[1].split("\t")[1] == "7"


def test_a_number_a_line_of_writing(predict):
    status, out, err = predict("page.png", "--segment")
    assert (status, err) == (0, "")
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[:2] for row in rows] == [["page.png", "41"], ["page.png", "0"]]
    assert [[digit[0] for digit in row[2:]] for row in rows] == [["4", "1"], ["0"]]


def test_several_digits_taken_for_one_are_noticed(predict):
    status, _, err = predict("page.png")
    assert status == 0
    assert err == (
        "skdigits: page.png: seems to show 3 digits but was read as one; use --segment to read "
        "all\n"
    )


def test_json_is_one_object_a_line(predict):
    status, out, _ = predict("page.png", "none.png", "--segment", "--json")
    assert status == 1
    page, failed = map(json.loads, out.splitlines())
    assert failed == {"picture": "none.png", "error": "No such file or directory"}
    assert page["picture"] == "page.png"
    assert page["numbers"] == ["41", "0"]
    for digit in page["digits"]:
        assert digit["probabilities"][str(digit["label"])] == digit["probability"]
        assert digit["unsure"] == (digit["probability"] < 0.9)
        top, left, bottom, right = digit["box"]
        assert (bottom - top) > 20 < right - left + 20
    whole = json.loads(predict("seven.png", "--json")[1])
    assert "numbers" not in whole
    assert whole["digits"][0]["box"] is None


def test_a_picture_that_failed_has_a_row_in_csv(predict, place):
    Image.new("L", (50, 50), 230).save(place / "blank.png")
    status, out, _ = predict("none.png", "seven.png", "blank.png", "--csv")
    assert status == 1
    none, seven, blank = csv.DictReader(io.StringIO(out))
    assert (none["picture"], none["error"]) == ("none.png", "No such file or directory")
    assert (seven["picture"], seven["label"], seven["error"]) == ("seven.png", "7", "")
    assert blank["error"].startswith("found no ink")
    for row in (none, blank):
        assert {value for name, value in row.items() if name not in ("picture", "error")} == {""}


def test_csv_is_a_row_a_digit(predict):
    status, out, _ = predict("page.png", "seven.png", "--csv")
    assert status == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["picture"] for row in rows] == ["page.png", "seven.png"]
    assert {row["top"] for row in rows} == {""}
    rows = list(csv.DictReader(io.StringIO(predict("page.png", "--segment", "--csv")[1])))
    assert [(row["line"], row["label"]) for row in rows] == [("0", "4"), ("0", "1"), ("1", "0")]
    assert all(int(row["top"]) < int(row["bottom"]) for row in rows)


def test_polarity_can_be_told(predict):
    assert predict("seven.png", "--invert", "yes")[0] == 0
    status, out, err = predict("seven.png", "--invert", "no")
    assert (status, out) == (1, "")
    assert "seven.png: found no ink that is brighter than the paper, or too little; omit" in err


def test_a_blank_picture_is_said_with_what_to_try(predict):
    Image.new("L", (60, 60), 250).save("blank.png")
    for words in ((), ("--segment",)):
        status, out, err = predict("blank.png", *words)
        assert (status, out) == (1, "")
        assert "blank.png: found no ink, or too little; crop the picture to the writing" in err


# Which pictures


def test_a_folder_is_its_pictures_in_order(predict, place):
    (place / "notes.txt").write_text("none")
    (place / ".hidden.png").write_text("none")
    (place / "deeper").mkdir()
    status, out, err = predict(".", "--csv")
    assert status == 0
    assert [row["picture"] for row in csv.DictReader(io.StringIO(out))] == [
        "page.png",
        "seven.png",
        "two.jpg",
    ]
    assert "skdigits: .: skipped 2 other files or folders\n" in err
    status, out, err = predict("deeper", "seven.png")
    assert status == 1
    assert out.startswith("seven.png\t7")
    assert "deeper: expected pictures in this folder, found none" in err


def test_standard_input(predict, place, monkeypatch):
    for content, expected in (((place / "seven.png").read_bytes(), 0), (b"", 1)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        status, out, err = predict("-")
        assert status == expected
        assert out[:4] == ("" if expected else "-\t7\t")
        assert err.startswith("skdigits: -: expected a picture" if expected else "")


def test_wrong_files_are_named_and_the_others_predicted(predict, place):
    (place / "text.png").write_text("no picture")
    (place / "cut.png").write_bytes((place / "seven.png").read_bytes()[:200])
    Image.new("L", (50, 50), 230).save(place / "blank.png")
    names = ("none.png", "text.png", "seven.png", "cut.png", "blank.png", "two.jpg")
    status, out, err = predict(*names)
    assert status == 1
    assert [line.split("\t")[0] for line in out.splitlines()] == ["seven.png", "two.jpg"]
    reasons = (
        "none.png: No such file or directory",
        "text.png: expected a picture (PNG,",
        "cut.png: expected a whole picture, found a damaged one",
        "blank.png: found no ink",
    )
    said = err.splitlines()
    assert len(said) == len(reasons)
    for line, reason in zip(said, reasons, strict=True):
        assert line.startswith(f"skdigits: {reason}")


def test_a_name_cannot_break_lines_or_command_a_terminal(predict, place):
    name = "a\tb\n\x1b[31m.png"
    (place / "seven.png").rename(place / name)
    assert predict(name)[1].startswith("a?b??[31m.png\t7\t")
    (place / name).write_text("none")
    assert predict(name)[2].startswith("skdigits: a?b??[31m.png: expected a picture")


# Annotated pictures


def test_one_annotated_picture(predict, place):
    assert predict("page.png", "--segment", "--show", "seen.jpg")[0] == 0
    with Image.open(place / "seen.jpg") as image:
        assert image.format == "JPEG"
        assert min(image.size) > 300


def test_an_annotated_picture_with_explanations(predict, place):
    seen = []
    for words in ((), ("--why",)):
        assert predict("page.png", "--segment", "--show", "seen.png", *words)[0] == 0
        with Image.open(place / "seen.png") as image:
            seen.append(np.asarray(image.convert("RGB")).astype(int))
    plain, explained = seen
    assert explained.shape[1] == plain.shape[1]
    assert explained.shape[0] > plain.shape[0] + 100  # the digits below the page
    n_red = [(image[..., 0] > image[..., 2] + 100).sum() for image in seen]
    assert n_red[1] > n_red[0] + 100


def test_a_folder_of_annotated_pictures_keeps_equal_names_apart(predict, place):
    (place / "more").mkdir()
    (place / "seven.png").rename(place / "more" / "two.png")
    status, _, err = predict("two.jpg", "more", "none.png", "--show", "new/seen")
    assert (status, err) == (1, "skdigits: none.png: No such file or directory\n")
    assert {path.name for path in (place / "new" / "seen").iterdir()} == {
        "two-digits.png",
        "two-2-digits.png",
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name one or more pictures, or images with --data"),
        (("seven.png", "--invert", "maybe"), "invalid choice: 'maybe'"),
        (("seven.png", "--json", "--csv"), "not allowed with argument"),
        (("seven.png", "two.jpg", "--show", "a.png"), "a.png is one file, but there are 2"),
        (("seven.png", "--show", "no/a.png"), "folder no does not exist"),
        (("seven.png", "--show", "a.gif"), "a file that ends in .png"),
        (("seven.png", "--show", "./seven.png"), "would be overwritten"),
        (("seven.png", "--why"), "name a file or folder with --show"),
    ],
)
def test_wrong_usage_exits_2_and_nothing_is_done(predict, place, words, said, capsys):
    before = {path: path.stat().st_mtime_ns for path in place.iterdir()}
    with pytest.raises(SystemExit) as stop:
        predict(*words)
    assert stop.value.code == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
    assert {path: path.stat().st_mtime_ns for path in place.iterdir()} == before


# Models


def test_what_is_no_model_for_pictures_is_said_once(predict, models):
    X, y = np.eye(64), np.arange(64) % 3
    joblib.dump(LogisticRegression().fit(X, y), models / "other.joblib")
    joblib.dump(Perceptron().fit(X, y), models / "sure.joblib")
    (models / "text.skdigits").write_text("none")
    for shape in ((14, 56), (28, 28, 3)):
        images = np.random.default_rng(0).random((9, *shape))
        fitted = pipeline(mlp, epochs=1).fit(images, np.arange(9) % 3)
        joblib.dump(fitted, models / f"{len(shape)}.joblib")
    for model, said in (
        ("other.joblib", "takes samples of 64 values, but pictures are framed like MNIST's: 28"),
        ("2.joblib", "takes samples of 14 x 56, but pictures"),
        ("3.joblib", "takes samples of 28 x 28 x 3, but pictures"),
        ("sure.joblib", "without predict_proba"),
        ("text.skdigits", "cannot be loaded"),
        ("none.joblib", "there is no file"),
    ):
        status, out, err = predict("seven.png", "two.jpg", model=model)
        assert (status, out) == (1, "")
        assert said in err
        assert err.count("\n") == 1


def test_as_a_user_runs_it(skdigits, place):
    """With the included network, in a process of its own: nothing else is printed."""
    done = skdigits("predict", "seven.png", "page.png", "--segment", "--show", "seen")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split("\t")[:2] for line in done.stdout.splitlines()] == [
        ["seven.png", "7"],
        ["page.png", "41"],
        ["page.png", "0"],
    ]
    assert len(list((place / "seen").iterdir())) == 2


# What is no digit


@pytest.fixture
def predict_no_ones(predict, without_ones, models):
    """Give the same function, with a model to which a 1 is no digit."""
    path = models / "without_ones.skdigits"
    if not path.exists():
        save_model(without_ones, path)
    Image.fromarray(write("1")).save("one.png")
    Image.fromarray(write("11")).save("ones.png")
    return lambda *words: predict(*words, model=path.name)


def test_a_picture_of_something_else_is_no_digit(predict_no_ones):
    status, out, err = predict_no_ones("one.png", "seven.png")
    assert (status, err) == (0, "")
    one, seven = [line.split("\t") for line in out.splitlines()]
    assert one[1] == "no digit"
    assert float(one[2]) > 0.9 > float(one[4])
    assert one[3] != "1"
    assert seven[1] == "7"


def test_what_is_no_digit_is_left_out_of_the_number(predict_no_ones):
    status, out, err = predict_no_ones("page.png", "ones.png", "--segment")
    assert status == 0
    rows = [line.split("\t")[:2] for line in out.splitlines()]
    assert rows == [["page.png", "4"], ["page.png", "0"], ["ones.png", "no digit"]]
    assert err == (
        "skdigits: page.png: left out: 1 piece that is no digit\n"
        "skdigits: ones.png: left out: 2 pieces that are no digits\n"
    )


def test_json_and_csv_say_of_each_piece_whether_it_is_a_digit(predict_no_ones):
    page = json.loads(predict_no_ones("page.png", "--segment", "--json")[1])
    assert page["numbers"] == ["4", "0"]
    assert [piece["is_digit"] for piece in page["digits"]] == [True, False, True]
    assert [piece["label"] for piece in page["digits"]] == [4, None, 0]
    assert [piece["left_out"] for piece in page["digits"]] == [None, "no digit", None]
    shares = [piece["digit_probability"] for piece in page["digits"]]
    assert min(shares[0], shares[2]) > 0.5 > shares[1]
    rows = list(csv.DictReader(io.StringIO(predict_no_ones("one.png", "seven.png", "--csv")[1])))
    assert [row["is_digit"] for row in rows] == ["False", "True"]
    assert [row["label"] for row in rows] == ["", "7"]
    assert [row["left_out"] for row in rows] == ["no digit", ""]
    assert float(rows[0]["digit_probability"]) < 0.5 < float(rows[1]["digit_probability"])


def test_all_forms_of_output_say_the_same(predict_no_ones):
    picture = ("one.png",)
    text = predict_no_ones(*picture)[1].rstrip("\n").split("\t")
    (piece,) = json.loads(predict_no_ones(*picture, "--json")[1])["digits"]
    (row,) = csv.DictReader(io.StringIO(predict_no_ones(*picture, "--csv")[1]))
    assert (text[1], piece["label"], row["label"]) == ("no digit", None, "")
    assert text[3] == str(piece["runner_up"]) == row["runner_up"]
    for form in (piece, row):
        assert float(form["probability"]) == pytest.approx(float(text[2]), abs=1e-4)
        assert float(form["runner_up_probability"]) == pytest.approx(float(text[4]), abs=1e-4)
    assert str(piece["unsure"]) == row["unsure"] == str(text[5] == "?")


def test_a_model_that_cannot_tell_says_so(predict):
    (piece,) = json.loads(predict("seven.png", "--json")[1])["digits"]
    assert (piece["is_digit"], piece["digit_probability"], piece["left_out"]) == (True, None, None)
