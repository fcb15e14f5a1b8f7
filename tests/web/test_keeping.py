"""Images that are kept with the label that the user gave them."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from skdigits import ImageScaler, MNISTNormalizer, load_mnist
from skdigits.images import predict_digits, read_image

from ._browsing import expect, shows, write
from ._serving import SEVEN, Command, ask, draw, httpx, served, to_file, web


@pytest.fixture
def folder(tmp_path):
    """Name a folder that does not exist yet."""
    return tmp_path / "my-digits"


@pytest.fixture
def keeping(model, folder):
    """Give a client of a server that keeps images."""
    with served({"included network": model}, keep=folder) as client:
        yield client


def keep(client, content, **options):
    """Ask the server to keep a picture."""
    return client.post(
        "/api/keep", content=content, headers={"content-type": "image/png"}, params=options
    )


def kept(folder):
    """Give the images in a folder by their labels."""
    return {
        path.parent.name: read_image(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }


def framed(image):
    return MNISTNormalizer().transform([image])[0]


def test_an_image_is_kept_as_the_network_sees_it(keeping, folder, model, seven):
    answer = keep(keeping, seven, label="7").json()
    [(label, image)] = kept(folder).items()
    assert label == "7"
    np.testing.assert_array_equal(image, draw(*SEVEN))
    [digit] = predict_digits(model, draw(*SEVEN))
    np.testing.assert_array_equal(framed(image), digit.framed)
    assert answer["images"] == 1
    assert answer["file"].startswith(str(folder / "7"))
    assert answer["learn"] == f"skdigits train --from default --data {folder}"


def test_a_digit_of_a_number_is_cut_out(keeping, folder, seventy_one):
    [read] = ask(keeping, seventy_one, segment=1).json()["models"]
    for number, label in enumerate("71"):
        assert keep(keeping, seventy_one, label=label, digit=number).status_code == 200
    images = kept(folder)
    assert list(images) == ["1", "7"]
    for digit in read["digits"]:
        image = images[digit["label"]]
        assert image.min() == 0
        assert np.median(image) == 255  # dark ink on paper
        top, left, bottom, right = digit["box"]
        assert min(image.shape) > min(bottom - top, right - left)
        seen = np.frombuffer(base64.b64decode(digit["framed"]), np.uint8).reshape(28, 28)
        np.testing.assert_array_equal(framed(image), seen)


def test_an_image_is_kept_once_moved_and_removed(keeping, folder, seven, seventy_one):
    keep(keeping, seven, label="1")
    assert keep(keeping, seven, label="1").json()["images"] == 1
    assert keep(keeping, seven, label="7").json()["images"] == 1
    assert list(kept(folder)) == ["7"]
    assert keep(keeping, seventy_one, label="7").json()["images"] == 2
    removed = keep(keeping, seven).json()
    assert (removed["file"], removed["images"]) == (None, 1)
    assert keep(keeping, seven).json()["images"] == 1


def test_a_photograph_is_reduced_and_framed_alike(keeping, folder, model):
    rng = np.random.RandomState(0)
    paper = np.kron(draw(*SEVEN, shape=(120, 160)), np.ones((12, 12))) * 0.7 + 30
    photograph = np.stack([paper, paper, paper * 0.9], axis=2) + rng.normal(0, 3, (1440, 1920, 1))
    content = to_file(photograph.clip(0, 255))
    assert keep(keeping, content, label="7").status_code == 200
    image = kept(folder)["7"]
    assert max(image.shape) <= 1024
    [digit] = predict_digits(model, read_image(content))
    assert np.abs(framed(image) - digit.framed.astype(float)).mean() < 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"label": "10"}, "Expected a label among"),
        ({"label": "../../7"}, "Expected a label among"),
        ({"label": "no digit"}, "Expected a label among"),
        ({"label": "7", "model": "other"}, "Expected a model among"),
        ({"label": "7", "digit": "5"}, "Expected a digit from 0 to 0, found 5"),
        ({"label": "7", "digit": "-1"}, "Expected the number of a digit"),
        ({"label": "7", "name": "x"}, "Expected the options model, digit and label"),
    ],
)
def test_wrong_options_are_refused(keeping, folder, seven, options, message):
    refused = keep(keeping, seven, **options)
    assert refused.status_code == 422
    assert message in refused.json()["error"]
    assert not folder.exists()


def test_a_picture_without_ink_and_a_file_that_is_none_are_refused(keeping, folder):
    assert "no ink" in keep(keeping, to_file(np.full((60, 80), 250)), label="7").json()["error"]
    assert keep(keeping, b"no picture", label="7").status_code == 422
    assert not folder.exists()


def test_other_pages_cannot_keep_images(keeping, folder, seven):
    headers = {"content-type": "image/png", "origin": "http://example.com"}
    refused = keeping.post("/api/keep?label=7", content=seven, headers=headers)
    assert refused.status_code == 403
    assert keeping.get("/api/keep?label=7").status_code == 405
    assert not folder.exists()


def test_too_many_images_are_refused_but_can_be_moved(model, folder, seven, seventy_one):
    limits = web.Limits(kept_images=1)
    with served({"included network": model}, limits, keep=folder) as client:
        assert keep(client, seven, label="1").status_code == 200
        refused = keep(client, seventy_one, label="1")
        assert refused.status_code == 507
        assert "at most 1 are kept" in refused.json()["error"]
        assert keep(client, seven, label="7").status_code == 200
    assert list(kept(folder)) == ["7"]


def test_a_folder_that_cannot_be_written_is_said(model, folder, seven):
    folder.mkdir()
    (folder / "7").write_text("a file")
    with served({"included network": model}, keep=folder) as client:
        refused = keep(client, seven, label="7")
    assert refused.status_code == 507
    assert str(folder) in refused.json()["error"]


def test_nothing_is_kept_unless_a_folder_was_named(client, seven):
    assert client.get("/api/models").json()["folder"] is None
    refused = keep(client, seven, label="7")
    assert refused.status_code == 403
    assert "skdigits demo --keep FOLDER" in refused.json()["error"]


def test_the_command_names_the_folder(folder):
    with Command("--no-browser", "--port", "0", "--keep", folder) as command:
        answer = httpx.get(f"{command.address}/api/models", trust_env=False)
        assert answer.json()["folder"] == str(folder)
    assert not folder.exists()
    (folder.parent / "file").write_text("")
    for wrong, message in (("file", "is a file. Name a folder."), ("no/where", "no folder")):
        with Command("--no-browser", "--keep", folder.parent / wrong) as command:
            assert command.address is None
            assert message in command.process.stderr.read()


@pytest.mark.parametrize("several", [False, True])
def test_on_the_page_a_label_is_chosen_and_changed(browser, keeping, folder, several):
    page = browser.new_page(reduced_motion="reduce")
    page.goto(str(keeping.base_url))
    select, status = page.get_by_label("That was a"), page.locator(".kept")
    expect(select).to_be_hidden()
    if several:
        page.get_by_role("switch", name="Several digits").check(force=True)
    # Digits that are drawn by a key are read once, not again and again as by the mouse.
    for written in ("4", "47") if several else ("7",):
        page.locator("#sheet").focus()
        page.keyboard.press(written[-1])
        shows(page, written)
    if several:
        page.locator(".digits button").nth(1).click()
    select.select_option("1")
    expect(status).to_contain_text(f"Kept as {folder / '1'}")
    expect(status).to_contain_text("The folder has 1 image.")
    expect(status).to_contain_text(f"skdigits train --from default --data {folder}")
    select.select_option("7")
    expect(status).to_contain_text(f"Kept as {folder / '7'}")
    [(label, image)] = kept(folder).items()
    assert label == "7"
    pixels = page.evaluate("document.querySelector('.seen canvas').width")
    assert max(image.shape) > pixels
    select.focus()
    page.keyboard.press("Escape")
    shows(page, "47" if several else "7")
    select.select_option("")
    expect(status).to_have_text("The image is no longer kept. The folder has 0 images.")
    assert kept(folder) == {}
    page.locator("#sheet").focus()
    page.keyboard.press("1")
    expect(status).to_be_empty()
    page.close()


def test_the_page_does_not_offer_it_without_a_folder(browser, client):
    page = browser.new_page(reduced_motion="reduce")
    page.goto(str(client.base_url))
    write(page, "7")
    shows(page, "7")
    expect(page.get_by_label("That was a")).to_be_hidden()
    page.close()


def trained(*labels):
    """Train a model of two classes."""
    X, _ = load_mnist(subset="train", n_samples=20, return_X_y=True, random_state=0)
    y = np.where(np.arange(20) % 2, *labels)
    return make_pipeline(MNISTNormalizer(), ImageScaler(), KNeighborsClassifier(1)).fit(X, y)


@pytest.mark.parametrize("labels", [("a/b", ".."), ("NUL", "com1.x"), ("x" * 61, "a ")])
def test_labels_that_name_no_folder_are_refused(labels, seven, folder):
    with served({"mine": trained(*labels)}, keep=folder) as client:
        for label in labels:
            refused = keep(client, seven, label=label)
            assert refused.status_code == 422
            assert "cannot be the name of a folder" in refused.json()["error"]
    assert not folder.exists()


def test_no_image_is_kept_behind_a_link(model, folder, seven, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    folder.mkdir()
    (folder / "7").symlink_to(tmp_path / "elsewhere")
    with served({"included network": model}, keep=folder) as client:
        refused = keep(client, seven, label="7")
    assert refused.status_code == 507
    assert "found a link. Delete the link" in refused.json()["error"]
    assert not any((tmp_path / "elsewhere").iterdir())


def test_labels_with_one_folder_are_refused_and_nothing_is_removed(folder, seven):
    with served({"mine": trained("a", "A")}, keep=folder) as client:
        assert keep(client, seven, label="a").status_code == 200
        # As on a disk that does not distinguish capital letters.
        (folder / "A").symlink_to("a")
        refused = keep(client, seven, label="a")
    assert refused.status_code == 507
    assert "'a' and 'A' have the same folder" in refused.json()["error"]
    assert len(list((folder / "a").iterdir())) == 1
