"""The command that fine-tunes a trained model on a folder of pictures."""

from __future__ import annotations

import re

import joblib
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, MNISTNormalizer, load_mnist, load_model
from skdigits.cli import main

from .._small import cnn, mlp, pipeline

IMAGES = load_mnist(subset="train", n_samples=1_500, random_state=0)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Save a small model that frames pictures itself."""
    model = make_pipeline(MNISTNormalizer(), ImageScaler(), cnn(batch_size=64))
    model.fit(IMAGES.images, IMAGES.target)
    path = tmp_path_factory.mktemp("model") / "small.joblib"
    joblib.dump(model, path)
    return path


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Write dark digits of several sizes on bright paper, slanted to the left."""
    monkeypatch.chdir(tmp_path)
    for number, (image, label) in enumerate(zip(IMAGES.images[:60], IMAGES.target, strict=False)):
        folder = tmp_path / "my-digits" / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        slanted = np.stack([np.roll(row, (k - 14) // 2) for k, row in enumerate(image)])
        side = 40 + number % 30
        Image.fromarray(255 - slanted).resize((side, side)).save(folder / f"{number}.png")
    return tmp_path / "my-digits"


def test_a_model_learns_a_folder_of_pictures(trained, pictures, capsys):
    assert main(["train", "--from", str(trained), "--data", str(pictures)]) == 0
    printed = capsys.readouterr().out
    assert "my-digits: 48 images to learn from, 12 test images (20% held out at random" in printed
    assert "Error on 12 test images: " in printed
    assert "Error on MNIST's 10,000 test images: " in printed
    assert "Saved small-tuned.joblib" in printed
    X = [255 - image for image in IMAGES.images[:5]]
    assert joblib.load("small-tuned.joblib").predict(X).shape == (5,)


def test_few_pictures_are_all_learned_and_saved_without_code(trained, pictures, capsys):
    for path in pictures.glob("*/*"):
        if path != min(path.parent.iterdir()):
            path.unlink()
    words = ["--data", str(pictures), "--output", "mine.skdigits"]
    assert main(["train", "--from", str(trained), *words]) == 0
    printed = capsys.readouterr().out
    assert "10 images to learn from, 0 test images (none held out: " in printed
    assert "held-out images" not in printed
    assert load_model("mine.skdigits").classes_.tolist() == list(range(10))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "name a RECIPE to train, or a model to fine-tune with --from"),
        (["--from", "default"], "--from needs --data PATH"),
        (["fast-cnn", "--from", "default", "--data", "."], "RECIPE cannot be used together with"),
        (
            ["--from", "default", "--data", ".", "--epochs", "3"],
            "--epochs cannot be used together",
        ),
        (
            ["--from", "none.joblib", "--data", "."],
            "there is no file none.joblib; pass --from def",
        ),
        (["fast-cnn", "--old-data", "."], "--old-data needs --from MODEL"),
    ],
)
def test_what_cannot_be_done_is_refused(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *words]) != 0
    assert message in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())


def test_labels_that_are_no_digits_are_refused(trained, pictures, capsys):
    (pictures / "7").rename(pictures / "seven")
    assert main(["train", "--from", str(trained), "--data", str(pictures)]) != 0
    error = " ".join(capsys.readouterr().err.split())
    assert "labels that are not among the classes of training: seven" in error


@pytest.mark.parametrize(
    ("labels", "other"), [("abcdefghij", "classes"), ("0123456789", "images")]
)
def test_old_images_are_those_of_the_model(labels, other, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    X, y = load_digits(return_X_y=True)
    y = np.array(list(labels))[y]
    slanted = X.reshape(-1, 8, 8).copy()
    slanted[:, :4] = np.roll(slanted[:, :4], 1, axis=2)
    joblib.dump(pipeline(mlp, epochs=20).fit(X[:1000], y[:1000]), "model.joblib")
    np.savez("old.npz", X=X[:1000], y=y[:1000])
    np.savez("new.npz", X=slanted[1000:1400], y=y[1000:1400])
    words = ["train", "--from", "model.joblib", "--data", "new.npz"]
    assert main(words) != 0
    error = " ".join(capsys.readouterr().err.split())
    assert f"a model of other {other} than MNIST's. Pass images that" in error
    assert "with --old-data PATH" in error
    assert main([*words, "--old-data", "old.npz"]) == 0
    printed = capsys.readouterr().out
    assert "old.npz: 800 images that the model was trained on, 200 test images (20%" in printed
    pattern = r"Error on (.+) test images: .*\((\d+)\) before, .*\((\d+)\) after"
    (new, *n_new), (old, *n_old) = re.findall(pattern, printed)
    assert (new, old) == ("80", "old.npz's 200")
    assert int(n_new[1]) < int(n_new[0])
    assert int(n_old[1]) <= int(n_old[0]) + 4
    assert set(joblib.load("model-tuned.joblib").predict(slanted[:50])) <= set(labels)
