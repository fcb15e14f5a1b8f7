"""Recipes are what they say, with sources and scores."""

from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score

from skdigits import BaseKerasClassifier, load_mnist
from skdigits.recipes import Measurement, describe_recipe, make_recipe, recipe_names

#: Weights of the published networks, counted by hand from the layers that their source names.
N_WEIGHTS = {
    "askpython-cnn": 280 + (13 * 13 * 28 + 1) * 128 + 129 * 10,
    "levelup-mlp": 785 * 64 + 65 * 64 + 65 * 10,
    "keras-mlp-512": 785 * 512 + 513 * 10,
    "mlm-mlp": 785 * 784 + 785 * 10,
    "mlm-cnn": 832 + (12 * 12 * 32 + 1) * 128 + 129 * 10,
    "mlm-cnn-large": 780 + (9 * 30 + 1) * 15 + (5 * 5 * 15 + 1) * 128 + 129 * 50 + 51 * 10,
}
PUBLISHED = [name for name in recipe_names() if describe_recipe(name).source is not None]
OWN = [name for name in recipe_names() if name not in PUBLISHED]


@pytest.fixture(scope="module")
def digits():
    return load_mnist(subset="train", n_samples=300, return_X_y=True, random_state=0)


def short_training(name, random_state=0):
    """Give a recipe one epoch, in this process."""
    pipeline = make_recipe(name, random_state=random_state)
    for part in pipeline.get_params().values():
        if isinstance(part, BaseKerasClassifier):
            part.set_params(epochs=1)
    if hasattr(pipeline[-1], "n_jobs"):
        pipeline[-1].set_params(n_jobs=None)
    return pipeline


def count_weights(pipeline):
    networks = getattr(pipeline[-1], "estimators_", [pipeline[-1]])
    return sum(network.model_.count_params() for network in networks)


def measured(name):
    runs = describe_recipe(name).measurement
    assert runs is not None, f"{name} is not measured"
    return runs


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_recipe_builds_the_published_network(name, digits):
    n_weights = count_weights(short_training(name).fit(*digits))
    assert n_weights == N_WEIGHTS[name] == measured(name).n_parameters


@pytest.mark.parametrize("name", OWN)
def test_an_own_recipe_trains_repeats_and_is_saved(name, digits, tmp_path):
    pipeline = short_training(name).fit(*digits)
    assert count_weights(pipeline) == measured(name).n_parameters
    expected = pipeline.predict_proba(digits[0][:20])
    again = clone(short_training(name)).fit(*digits)
    assert (again.predict_proba(digits[0][:20]) == expected).all()
    joblib.dump(pipeline, tmp_path / "own.joblib")
    loaded = joblib.load(tmp_path / "own.joblib")
    assert (loaded.predict_proba(digits[0][:20]) == expected).all()


def test_an_ensemble_goes_into_a_cross_validation_and_its_networks_differ(digits):
    pipeline = short_training("best-ensemble")
    assert len(cross_val_score(pipeline, *digits, cv=2, error_score="raise")) == 2
    voters = [voter for _, voter in pipeline[-1].estimators]
    assert len({voter.random_state for voter in voters}) == len(voters)
    others = [voter for _, voter in make_recipe("best-ensemble", random_state=1)[-1].estimators]
    assert others[0].random_state != voters[0].random_state


@pytest.mark.parametrize(
    ("name", "optimizer", "batch_size", "epochs"),
    [
        ("askpython-cnn", "adam", 32, 10),
        ("levelup-mlp", "adam", 32, 5),
        ("keras-mlp-512", "rmsprop", 128, 5),
        ("mlm-mlp", "adam", 200, 10),
        ("mlm-cnn", "adam", 200, 10),
        ("mlm-cnn-large", "adam", 200, 10),
    ],
)
def test_a_recipe_trains_as_published(name, optimizer, batch_size, epochs):
    classifier = make_recipe(name)[-1]
    assert classifier.optimizer == optimizer
    assert classifier.batch_size == batch_size
    assert classifier.epochs == epochs
    assert classifier.learning_rate is None
    assert classifier.learning_rate_schedule is None


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_recipe_has_a_published_error(name):
    recipe = describe_recipe(name)
    assert recipe.published_note
    assert 0 < recipe.published_error < 0.05


@pytest.mark.parametrize("name", OWN)
def test_an_own_recipe_claims_no_published_error(name):
    recipe = describe_recipe(name)
    assert recipe.published_error is recipe.published_note is None


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_says_what_was_measured(name):
    runs = measured(name)
    assert len(runs.seeds) == len(runs.test_errors) == len(set(runs.seeds)) >= 3
    # Further seeds that were trained beside other work have no times.
    assert 3 <= len(runs.fit_seconds) <= len(runs.seeds)
    assert len(runs.reference_seconds) == len(runs.fit_seconds)
    assert len(runs.predict_seconds) >= 3
    assert runs.machine
    assert "tensorflow" in runs.versions


def test_each_run_is_a_multiple_of_the_time_of_keras_beside_it():
    runs = Measurement((0, 1), (0.02, 0.03), (4.0, 9.0), 100, "", "", reference_seconds=(2.0, 3.0))
    assert runs.times_keras == (2.0, 3.0)
    assert Measurement((0,), (0.02,), (4.0,), 100, "", "").times_keras == ()


def test_a_half_is_rounded_up_so_that_no_miss_looks_like_a_hit():
    runs = Measurement((0, 1), (0.0367, 0.0368), (1.0, 1.0), 100, "", "")
    assert runs.mean_percent == "3.68"
    assert runs.spread_percent == "0.01"
    assert Measurement((0,), (0.02,), (1.0,), 100, "", "").mean_percent == "2.00"


def test_another_seed_may_be_much_worse_than_three_that_agree():
    runs = Measurement((0, 1, 2), (0.0027, 0.0028, 0.0029), (1.0,) * 3, 100, "", "")
    # Student's t of two degrees of freedom: 4.303 times the deviation times the root of 4 / 3.
    assert runs.another_seed == pytest.approx((0.0028 - 0.000497, 0.0028 + 0.000497), abs=1e-6)
    assert Measurement((0,), (0.02,), (4.0,), 100, "", "").another_seed == (0.0, 1.0)


def test_the_interval_holds_errors_of_new_seeds_as_often_as_it_says():
    rng = np.random.default_rng(0)
    errors = np.clip(rng.normal(0.05, 0.01, (2_000, 4)), 0, 1)
    inside = [
        low <= last <= high
        for *first, last in errors
        for low, high in [Measurement((0, 1, 2), tuple(first), (1.0,) * 3, 1, "", "").another_seed]
    ]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("name", recipe_names())
def test_the_readme_states_the_stored_measurement(name):
    runs = measured(name)
    error = f"{runs.mean_percent} ± {runs.spread_percent}, {len(runs.seeds)} seeds"
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    row = next(line for line in readme.splitlines() if line.startswith(f"| `{name}` |"))
    low, high = (f"{100 * end:.2f}" for end in runs.another_seed)
    assert f"| {error} | {low} to {high} |" in row
    assert f"| {runs.n_parameters:,} |" in row


def test_pixels_go_in_as_the_tutorials_scale_them():
    assert make_recipe("levelup-mlp")[0].feature_range == (-0.5, 0.5)
    assert make_recipe("mlm-cnn")[0].feature_range == (0.0, 1.0)


def test_a_recipe_is_an_ordinary_pipeline():
    pipeline = make_recipe("mlm-mlp", random_state=3, verbose=1)
    copy = clone(pipeline)
    assert copy[-1].random_state == 3
    assert copy[-1].verbose == 1
    assert not hasattr(copy[-1], "model_")


@pytest.mark.parametrize("name", ["fast-mlp", "best-ensemble"])
@pytest.mark.parametrize("random_state", [None, np.random.RandomState(0)])
def test_a_recipe_that_is_kept_on_disk_needs_a_seed(name, random_state, tmp_path):
    with pytest.raises(ValueError, match="Pass random_state=0"):
        make_recipe(name, random_state=random_state, checkpoint_dir=tmp_path)


@pytest.mark.parametrize("find", [make_recipe, describe_recipe])
def test_a_mistyped_name_is_answered_with_the_names(find):
    with pytest.raises(ValueError, match=r"'mlm-cn'.*mean 'mlm-cnn'.* levelup-mlp"):
        find("mlm-cn")


@pytest.mark.slow
@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_repeats_its_measured_error(name):
    X, y = load_mnist(subset="train", return_X_y=True)
    X_test, y_test = load_mnist(subset="test", return_X_y=True)
    runs = measured(name)
    error = 1 - make_recipe(name, random_state=runs.seeds[0]).fit(X, y).score(X_test, y_test)
    # Another processor rounds otherwise; five of its standard errors are far.
    assert error == pytest.approx(runs.mean_error, abs=0.005)


def for_one_epoch(pipeline):
    for part in pipeline.get_params().values():
        if isinstance(part, BaseKerasClassifier):
            part.set_params(epochs=1)
    if hasattr(pipeline[-1], "n_jobs"):
        pipeline[-1].set_params(n_jobs=None)
    return pipeline


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_adapts_to_small_images(name):
    # Smaller than some kernels of the recipes, with pixels to 16.
    X, y = load_digits(return_X_y=True)
    pipeline = for_one_epoch(
        make_recipe(name, image_shape=(8, 8), data_range=(0, 16), random_state=0)
    )
    assert pipeline.fit(X[:60], y[:60]).predict_proba(X[:3]).shape == (3, 10)
    images = X.reshape(-1, 8, 8)
    np.testing.assert_array_equal(pipeline.predict(images[:9]), pipeline.predict(X[:9]))


@pytest.mark.parametrize("name", ["mlm-cnn", "fast-mlp", "best-mlp", "better-cnn"])
def test_a_recipe_adapts_to_colours_and_many_classes(name):
    rng = np.random.RandomState(0)
    letters = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"))
    X = rng.randint(0, 256, (124, 32, 32, 3)).astype(np.uint8)
    y = np.tile(letters, 2)
    as_they_are = for_one_epoch(make_recipe(name, random_state=0)).fit(X, y)
    assert as_they_are.predict_proba(X[:2]).shape == (2, 62)
    named = for_one_epoch(make_recipe(name, image_shape=(32, 32, 3), random_state=0))
    assert set(named.fit(X.reshape(124, -1), y).predict(X[:5])) <= set(letters)


def test_lengths_of_an_augmentation_are_relative_to_the_image():
    large = make_recipe("best-cnn", image_shape=(56, 60))[-1]
    mnist = make_recipe("best-cnn", image_shape=(28, 28))[-1]
    usual = make_recipe("best-cnn")[-1]
    assert mnist.augmentation.get_params() == usual.augmentation.get_params()
    assert mnist.kernel_size == usual.kernel_size == large.kernel_size
    assert large.augmentation.shift == 2 * usual.augmentation.shift
    assert large.augmentation.rotation == usual.augmentation.rotation
    assert (large.test_time_shift, usual.test_time_shift) == (2, 1)
    assert make_recipe("best-cnn", image_shape=(8, 8))[-1].test_time_shift == 0
    with pytest.raises(ValueError, match="image_shape must be"):
        make_recipe("fast-cnn", image_shape=(8,))
