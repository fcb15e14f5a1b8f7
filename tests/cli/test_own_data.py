"""The commands train, compare, score and predict on images of the user's own."""

import csv
import string
from pathlib import Path

import joblib
import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier

from skdigits import load_mnist
from skdigits.cli import main

LETTERS = string.ascii_uppercase[:4]
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def draw_letter(letter, number, mode="L"):
    """Draw a letter on 28 x 28 pixels, bright on dark, a little elsewhere each time."""
    font = ImageFont.truetype(str(FONTS / "DejaVuSans.ttf"), 18 + number % 4)
    image = Image.new(mode, (28, 28))
    ink = 255 if mode == "L" else (255, 120 + number, 60)
    place = (7 + number % 3, 3 + number % 5)
    ImageDraw.Draw(image).text(place, letter, fill=ink, font=font)
    return image


def write_letters(folder, n_each, mode="L", letters=LETTERS):
    for letter in letters:
        (folder / letter).mkdir(parents=True)
        for number in range(n_each):
            draw_letter(letter, number, mode).save(folder / letter / f"{number}.png")
    return folder


@pytest.fixture(autouse=True)
def work_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys):
    """Run a command in this process; return its status, output and errors on one line each."""

    def call(*words):
        status = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return status, " ".join(out.split()), " ".join(err.split())

    return call


def test_train_and_evaluate_on_letters(run, tmp_path):
    write_letters(tmp_path / "letters", 20)
    status, out, err = run("train", "fast-mlp", "--data", "letters", "--epochs", 25, "--seed", 3)
    assert (status, err) == (0, "")
    assert (
        "letters: 64 training images, 16 test images (20% held out at random with seed 3), "
        "4 classes, 28 x 28 pixels"
    ) in out
    assert "Trained on 64 images" in out
    assert "measured" not in out  # the error of the recipe is one of MNIST
    error = next(word for word in out.split() if word.endswith("%") and "." in word)
    assert float(error.rstrip("%")) < 30
    status, out, _ = run("evaluate", "fast-mlp.joblib", "--data", "letters", "--seed", 3)
    assert status == 0
    assert "letters, 20% held out at random with seed 3: 16 images" in out
    assert f"Test error {error}: " in out
    status, out, _ = run("evaluate", "fast-mlp.joblib", "--test-data", "letters")
    assert status == 0
    assert "letters: 80 images" in out
    assert joblib.load("fast-mlp.joblib").classes_.tolist() == list(LETTERS)


def test_a_recipe_has_more_epochs_on_fewer_images(run, tmp_path):
    write_letters(tmp_path / "letters", 5)
    status, out, _ = run("train", "levelup-mlp", "--data", "letters")
    assert status == 0
    assert "100 epochs in place of 5, because there are fewer images than in MNIST" in out


def test_compare_on_coloured_letters_names_them(run, tmp_path):
    write_letters(tmp_path / "coloured", 12, mode="RGB")
    words = ("compare", "--data", "coloured", "--models", "dummy,knn-deskewed")
    status, out, err = run(*words, "--folds", 2, "--jobs", 1, "--output", "report")
    assert (status, err) == (0, "")
    assert "4 classes, 28 x 28 pixels in colour" in out
    page = Path("report/report.html").read_text("utf-8")
    assert "Comparison of 2 models on coloured" in page
    text = Path("report/report.md").read_text("utf-8")
    assert "- Data set: coloured" in text
    assert "used once at the end: 20% held out at random with seed 0" in text
    assert Path("report/figures/mistakes.png").exists() or "dummy has the best" not in text


def test_train_on_digits_of_scikit_learn_with_a_test_part(run, tmp_path):
    X, y = load_digits(return_X_y=True)
    np.savez("digits.npz", x_train=X[:300], y_train=y[:300], x_test=X[300:400], y_test=y[300:400])
    status, out, err = run("train", "fast-cnn", "--data", "digits.npz", "--epochs", 1)
    assert (status, err) == (0, "")
    assert "300 training images, 100 test images (its test part)" in out
    assert "8 x 8 pixels" in out
    scaler = joblib.load("fast-cnn.joblib")[0]
    assert scaler.data_range == (0, 16)


def test_train_tells_other_images_apart_when_it_resumes(run, tmp_path):
    # A training that is interrupted keeps its checkpoint, which another data set must not use.
    import argparse

    from skdigits.cli._commands.train import _describe, add_parser
    from skdigits.cli._dataset import load_data

    commands = argparse.ArgumentParser().add_subparsers()
    add_parser(commands)
    names = []
    for folder, n_each in (("one", 5), ("two", 6), ("copy", 5)):
        write_letters(tmp_path / folder, n_each)
        options = commands.choices["train"].parse_args(["fast-mlp", "--data", folder])
        names.append(_describe(options, load_data(options, None)))
    assert names[0] != names[1]
    assert names[0] == names[2]


def test_a_submission(run, tmp_path):
    X, y = load_mnist(subset="test", n_samples=60, return_X_y=True, random_state=0)
    names = ",".join(f"pixel{i}" for i in range(784))
    np.savetxt("test.csv", X, fmt="%d", delimiter=",", header=names, comments="")
    status, out, err = run("predict", "--data", "test.csv", "--submission", "submission.csv")
    assert (status, err) == (0, "")
    assert "Wrote submission.csv: predictions for 60 images" in out
    rows = list(csv.reader(Path("submission.csv").read_text().splitlines()))
    assert rows[0] == ["ImageId", "Label"]
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(1, 61)]
    assert np.mean([int(label) for _, label in rows[1:]] == y) > 0.95
    assert {path.name for path in tmp_path.iterdir()} == {"test.csv", "submission.csv"}


@pytest.fixture
def model(tmp_path):
    X = np.zeros((4, 784), np.uint8)
    joblib.dump(DummyClassifier().fit(X, list(LETTERS)), tmp_path / "model.joblib")
    return "model.joblib"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("train", "fast-mlp", "--data", "nothing"), "no folder or file nothing"),
        (("train", "fast-mlp", "--data", "one"), "only one class, A. Add images"),
        (("train", "fast-mlp", "--data", "few"), "class C has only one image"),
        (("train", "fast-mlp", "--data", "test.csv"), "no labels. Add them"),
        (("train", "fast-mlp", "--test-data", "letters"), "--test-data needs --data"),
        (("train", "fast-mlp", "--resize", "8"), "--resize needs --data"),
        (
            ("train", "fast-mlp", "--data", "letters", "--train-size", 100),
            "at most 16, the number of training images",
        ),
        (
            ("train", "fast-mlp", "--data", "letters", "--test-size", "0.01"),
            "at least one of each class (4 classes)",
        ),
        (
            ("train", "fast-mlp", "--data", "letters", "--test-data", "few"),
            "not among the classes of training: Z. Remove",
        ),
        (
            ("train", "fast-mlp", "--data", "letters", "--test-data", "small.npz"),
            "images of shape (28, 28), as for training, found (2, 2). Resize both",
        ),
        (("compare", "--data", "few"), "class C has only one image"),
        (
            ("evaluate", "model.joblib", "--test-data", "small.npz"),
            "images of 784 values, as the model was trained on, found 2 x 2 = 4",
        ),
        (("evaluate", "model.joblib"), "other classes or of another size than MNIST's. Pass"),
        (
            ("evaluate", "model.joblib", "--test-data", "few"),
            "not among the classes of training: Z",
        ),
        (
            ("predict", "--data", "letters", "--submission", "nowhere/file.csv"),
            "no folder nowhere; create it",
        ),
        (
            ("predict", "--data", "test.csv", "--submission", "test.csv"),
            "--submission test.csv is a file that is read, and would be overwritten",
        ),
        (
            ("train", "fast-mlp", "--data", "small.npz", "--output", "small.npz"),
            "--output small.npz is a file that is read, and would be overwritten",
        ),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(words, message, run, model, tmp_path):
    write_letters(tmp_path / "letters", 5)
    write_letters(tmp_path / "one", 2, letters="A")
    write_letters(tmp_path / "few", 3, letters="ABZ")
    write_letters(tmp_path / "few", 1, letters="C")
    Path("test.csv").write_text("pixel0,pixel1,pixel2,pixel3\n1,2,3,4\n")
    np.savez("small.npz", X=np.full((2, 2, 2), 255), y=["A", "B"])
    before = {path.name for path in tmp_path.iterdir()}
    status, _, err = run(*words)
    assert status == 1
    assert message in err
    assert {path.name for path in tmp_path.iterdir()} - before <= {"skdigits-comparison"}


@pytest.mark.parametrize("labels", [[0.0, 1.0], [False, True], ["01", "1"]])
def test_labels_get_the_type_of_the_model_s_classes(labels, run, tmp_path):
    X = np.repeat([[0], [255]], 784, axis=1)
    joblib.dump(KNeighborsClassifier(1).fit(X, labels), tmp_path / "model.joblib")
    for pixels, label in zip(X, labels, strict=True):
        (tmp_path / "data" / str(label)).mkdir(parents=True)
        image = Image.fromarray(pixels.reshape(28, 28).astype(np.uint8))
        image.save(tmp_path / "data" / str(label) / "1.png")
    status, out, _ = run("evaluate", "model.joblib", "--test-data", "data")
    assert status == 0
    assert "Test error 0.00%: 0 of 2 wrong" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("predict",), "name one or more pictures"),
        (("predict", "a.png", "--data", "b.csv", "--submission", "c.csv"), "used together"),
        (("predict", "a.png", "--resize", "8"), "--resize: it needs --data"),
        (
            ("predict", "--data", "b.csv", "--submission", "c.csv", "--show", "d.png"),
            "--show: it is for pictures; leave it out",
        ),
        (("predict", "--data", "b.csv", "--submission", "c.csv", "--json"), "--json: it is for"),
        (("predict", "--data", "test.csv"), "belong together"),
        (("predict", "a.png", "--submission", "b.csv"), "belong together"),
        (("train", "fast-mlp", "--test-size", "1"), "a number between 0 and 1"),
        (("train", "fast-mlp", "--resize", "8by8"), "height and width in pixels, such as 28x28"),
    ],
)
def test_wrong_arguments(words, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(list(words))
    assert stop.value.code == 2
    assert message in capsys.readouterr().err
