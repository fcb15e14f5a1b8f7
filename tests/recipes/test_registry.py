"""Recipes are what their tutorials trained, with sources and scores."""

from pathlib import Path

import pytest
from sklearn.base import clone

from skdigits import load_mnist
from skdigits.recipes import describe_recipe, make_recipe, recipe_names

#: Weights that the tutorials' networks have, counted from their layers by hand.
N_PARAMETERS = {
    "askpython-cnn": 280 + (13 * 13 * 28 + 1) * 128 + 129 * 10,
    "levelup-mlp": 785 * 64 + 65 * 64 + 65 * 10,
    "keras-mlp-512": 785 * 512 + 513 * 10,
    "mlm-mlp": 785 * 784 + 785 * 10,
    "mlm-cnn": 832 + (12 * 12 * 32 + 1) * 128 + 129 * 10,
    "mlm-cnn-large": 780 + (9 * 30 + 1) * 15 + (5 * 5 * 15 + 1) * 128 + 129 * 50 + 51 * 10,
}


@pytest.fixture(scope="module")
def digits():
    return load_mnist(subset="train", n_samples=300, return_X_y=True, random_state=0)


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_builds_the_published_network(name, digits):
    pipeline = make_recipe(name, random_state=0)
    pipeline[-1].set_params(epochs=1)
    network = pipeline.fit(*digits)[-1].model_
    assert network.count_params() == N_PARAMETERS[name]


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


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_says_where_it_is_from_and_what_was_measured(name):
    recipe = describe_recipe(name)
    assert recipe.source
    assert 0 < recipe.published_error < 0.05
    runs = recipe.measurement
    assert len(runs.seeds) == len(runs.test_errors) == len(set(runs.seeds)) >= 3
    assert runs.n_parameters == N_PARAMETERS[name]
    assert runs.machine
    assert "tensorflow" in runs.versions


@pytest.mark.parametrize("name", recipe_names())
def test_the_readme_states_the_stored_measurement(name):
    runs = describe_recipe(name).measurement
    spread = f"{100 * runs.error_spread:.2f}"
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    row = next(line for line in readme.splitlines() if line.startswith(f"| `{name}` |"))
    assert row.endswith(f"| {runs.mean_error:.2%} ± {spread}, {len(runs.seeds)} seeds |")


def test_pixels_go_in_as_the_tutorials_scale_them():
    assert make_recipe("levelup-mlp")[0].feature_range == (-0.5, 0.5)
    assert make_recipe("mlm-cnn")[0].feature_range == (0.0, 1.0)


def test_a_recipe_is_an_ordinary_pipeline():
    pipeline = make_recipe("mlm-mlp", random_state=3, verbose=1)
    copy = clone(pipeline)
    assert copy[-1].random_state == 3
    assert copy[-1].verbose == 1
    assert not hasattr(copy[-1], "model_")


@pytest.mark.parametrize("find", [make_recipe, describe_recipe])
def test_a_mistyped_name_is_answered_with_the_names(find):
    with pytest.raises(ValueError, match=r"'mlm-cn'.*mean 'mlm-cnn'.* levelup-mlp"):
        find("mlm-cn")


@pytest.mark.slow
@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_repeats_its_measured_error(name):
    X, y = load_mnist(subset="train", return_X_y=True)
    X_test, y_test = load_mnist(subset="test", return_X_y=True)
    runs = describe_recipe(name).measurement
    error = 1 - make_recipe(name, random_state=runs.seeds[0]).fit(X, y).score(X_test, y_test)
    # Another processor rounds otherwise; five of its standard errors are far.
    assert error == pytest.approx(runs.mean_error, abs=0.005)
