"""A trained network learns a new hand, and keeps what it knows."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import shuffle

from skdigits import ImageScaler, MNISTNormalizer, fine_tune, load_mnist

from .._small import cnn, mlp

N_TRAINED = 900


def slanted(images):
    """Write images in another hand: the upper half moved to the right."""
    changed = images.copy()
    changed[:, :4, 1:] = images[:, :4, :-1]
    changed[:, :4, 0] = 0
    return changed


@pytest.fixture(scope="module")
def hands():
    """Give old images with labels, and new ones to learn from and to score."""
    images, labels = shuffle(*load_digits(return_X_y=True), random_state=0)
    images = images.reshape(-1, 8, 8)
    new = slanted(images[N_TRAINED:])
    return {
        "old": (images[:N_TRAINED], labels[:N_TRAINED]),
        "new": (new[:150], labels[N_TRAINED : N_TRAINED + 150]),
        "score": (new[150:], labels[N_TRAINED + 150 :]),
    }


@pytest.fixture(scope="module")
def trained(hands):
    model = make_pipeline(ImageScaler(data_range=(0, 16)), mlp(epochs=20))
    return model.fit(*hands["old"])


def old(hands):
    return dict(zip(("X_old", "y_old"), hands["old"], strict=True))


@pytest.fixture(scope="module")
def tuned(trained, hands):
    return fine_tune(trained, *hands["new"], **old(hands), random_state=0)


def test_the_new_hand_is_learned_and_the_old_ones_are_kept(trained, tuned, hands):
    before, after = (1 - model.score(*hands["score"]) for model in (trained, tuned))
    assert before > 0.05
    assert after < 0.75 * before
    assert tuned.score(*hands["old"]) > trained.score(*hands["old"]) - 0.01


def test_the_given_pipeline_is_not_changed(trained, hands):
    X = hands["score"][0]
    before, state = trained.predict_proba(X), trained[-1].get_params()
    result = fine_tune(trained, *hands["new"], **old(hands), random_state=1)
    np.testing.assert_array_equal(trained.predict_proba(X), before)
    assert trained[-1].get_params() == state == result[-1].get_params()
    assert result[0] is not trained[0]
    assert result[-1].history_ == trained[-1].history_


def test_the_same_seed_gives_the_same_network(trained, tuned, hands):
    X = hands["score"][0]
    again = fine_tune(trained, *hands["new"], **old(hands), random_state=0)
    np.testing.assert_array_equal(again.predict_proba(X), tuned.predict_proba(X))


def test_the_result_can_be_pickled_and_trained_further(tuned, hands):
    X, y = hands["score"]
    loaded = pickle.loads(pickle.dumps(tuned))
    np.testing.assert_array_equal(loaded.predict_proba(X), tuned.predict_proba(X))
    loaded[-1].partial_fit(loaded[:-1].transform(X), y)
    assert loaded.score(X, y) > 0.9


def test_ten_images_help(trained, hands):
    X, y = (part[:10] for part in hands["new"])
    result = fine_tune(trained, X, y, **old(hands), random_state=0)
    assert result.score(*hands["score"]) > trained.score(*hands["score"])


def test_a_single_image_is_learned_and_does_no_harm(trained, hands):
    wrong = np.flatnonzero(trained.predict(hands["new"][0]) != hands["new"][1])[:1]
    X, y = (part[wrong] for part in hands["new"])
    result = fine_tune(trained, X, y, **old(hands), random_state=0)
    assert result.predict(X) == y
    for name in ("score", "old"):
        assert result.score(*hands[name]) > trained.score(*hands[name]) - 0.02


def test_a_network_that_was_trained_without_augmentation_learns_with_it():
    # Trained without, it knows no digit that is moved; moved copies of few images teach it.
    X, y = load_mnist(subset="train", n_samples=3_000, return_X_y=True, random_state=0)
    images = X.reshape(-1, 28, 28) / 255
    network = cnn(batch_size=64).fit(images[:2000], y[:2000])
    moved = np.roll(images, 3, axis=2)
    result = fine_tune(
        network,
        moved[2000:2100],
        y[2000:2100],
        X_old=images[:2000],
        y_old=y[:2000],
        random_state=0,
    )
    assert network.score(moved[2100:], y[2100:]) < 0.5
    assert result.score(moved[2100:], y[2100:]) > 0.8
    assert result.score(images[2100:], y[2100:]) > network.score(images[2100:], y[2100:])
    assert result.augmentation is None


def test_a_class_may_be_missing(trained, hands):
    X, y = hands["new"]
    result = fine_tune(trained, X[y != 7], y[y != 7], **old(hands), random_state=0)
    X, y = hands["score"]
    assert result.score(X[y == 7], y[y == 7]) >= trained.score(X[y == 7], y[y == 7]) - 0.05


def test_a_network_alone_is_fine_tuned(hands):
    X, y = hands["old"]
    network = cnn().fit(X / 16, y)
    result = fine_tune(
        network, hands["new"][0] / 16, hands["new"][1], X_old=X / 16, y_old=y, random_state=0
    )
    score = hands["score"][0] / 16, hands["score"][1]
    assert type(result) is type(network)
    assert result.score(*score) > network.score(*score)


def test_early_stopping_by_a_metric_does_not_matter(hands):
    X, y = hands["old"]
    settings = {"metrics": "auc", "monitor": "val_auc", "early_stopping": True, "epochs": 3}
    network = mlp(**settings).fit(X / 16, y)
    result = fine_tune(
        network, hands["new"][0][:20] / 16, hands["new"][1][:20], X_old=X / 16, y_old=y
    )
    assert result.get_params() == network.get_params()


def test_labels_of_text_and_names_of_columns(hands):
    pd = pytest.importorskip("pandas")
    names = np.array(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    )

    def table(part):
        X, y = hands[part]
        return pd.DataFrame(X.reshape(len(X), -1)).add_prefix("pixel"), names[y]

    network = mlp().fit(table("old")[0] / 16, table("old")[1])
    X, y = table("new")
    result = fine_tune(
        network, X / 16, y, X_old=table("old")[0] / 16, y_old=table("old")[1], random_state=0
    )
    assert result.feature_names_in_.tolist() == network.feature_names_in_.tolist()
    assert set(result.predict(X / 16)) <= set(names)


def test_outliers_are_not_forgotten():
    X, y = load_mnist(subset="train", n_samples=3_000, return_X_y=True, random_state=0)
    images = X.reshape(-1, 28, 28)
    turned = np.concatenate([np.rot90(images, times, axes=(1, 2)) for times in (1, 3)])
    of_no_digit = np.isin(np.tile(y, 2), [2, 3, 4, 5, 7])
    network = cnn(outlier_label=-1, batch_size=64).fit(
        np.concatenate([images, turned[of_no_digit]]) / 255,
        np.concatenate([y, np.full(of_no_digit.sum(), -1)]),
    )
    pipeline = make_pipeline(MNISTNormalizer(), ImageScaler().fit(images), network)
    wide = np.pad(images[:40], ((0, 0), (0, 0), (20, 20)))
    rows = [np.roll(wide[:, row], round((14 - row) / 2), axis=1) for row in range(28)]
    new, labels = np.stack(rows, axis=1), y[:40]
    result = fine_tune(pipeline, new, labels, random_state=0)
    outliers, lowest = (
        [quantity(model[-1].score_samples(each / 255)) for model in (pipeline, result)]
        for each, quantity in (
            (turned[of_no_digit], lambda scores: (scores < 0).mean()),
            (images, lambda scores: np.quantile(scores, 0.05)),
        )
    )
    assert outliers[1] > outliers[0] - 0.05
    # Old images are refused as rarely as before, and as often.
    assert abs(lowest[1] - lowest[0]) < 0.5
    assert result.score(new, labels) > pipeline.score(new, labels)


def test_what_was_chosen_is_printed_if_asked_for(trained, hands, capsys):
    fine_tune(trained, *hands["new"], **old(hands), random_state=0, verbose=1)
    printed = capsys.readouterr().out
    assert "Log loss of new images in cross-validation: " in printed
    assert "Log loss of 450 old images: " in printed
    fine_tune(trained, *hands["new"], **old(hands), random_state=0)
    assert capsys.readouterr().out == ""


def test_labels_that_the_network_does_not_know_are_refused(trained, hands):
    X, y = hands["new"]
    with pytest.raises(ValueError, match=r"does not know: \[10, 11\].*cannot add classes"):
        fine_tune(trained, X, np.where(y < 2, y + 10, y), **old(hands))
    with pytest.raises(ValueError, match="y_old has labels that the network does not know"):
        fine_tune(trained, X, y, X_old=X, y_old=y + 1)


def test_old_images_come_with_labels(trained, hands):
    with pytest.raises(ValueError, match="y_old is missing: pass both"):
        fine_tune(trained, *hands["new"], X_old=hands["old"][0])


def test_other_images_than_mnists_must_be_given(trained, hands):
    with pytest.raises(ValueError, match=r"does not take MNIST's images .* Pass X_old and y_old"):
        fine_tune(trained, *hands["new"])
    X, y = hands["old"]
    letters = mlp(epochs=1).fit(X / 16, np.array(list("abcdefghij"))[y])
    with pytest.raises(ValueError, match=r"not the ten digits of MNIST. Pass X_old"):
        fine_tune(letters, X[:2] / 16, ["a", "b"])


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        make_pipeline(VotingClassifier([("mlp", mlp())])),
        GridSearchCV(mlp(), {"epochs": [1, 2]}),
    ],
)
def test_other_classifiers_are_refused(model, hands):
    words = "last step is a Keras.*Of a search, pass best_estimator_; of an ensemble"
    with pytest.raises(TypeError, match=words):
        fine_tune(model, *hands["new"])


def test_an_unfitted_network_is_refused(hands):
    with pytest.raises(NotFittedError, match=r"no network to train further. Call fit first"):
        fine_tune(make_pipeline(ImageScaler(), mlp()), *hands["new"])


def test_images_and_labels_of_different_counts_are_refused(trained, hands):
    X, y = hands["new"]
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fine_tune(trained, X, y[1:], **old(hands))
