"""Seeds: fits that repeat, and generators that stay as the caller left them."""

from __future__ import annotations

import pickle
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone

from skdigits import BaseKerasClassifier
from skdigits.neural_network._engine import _programs

from .._small import both, cnn, figures, mlp

#: All that is random at once: weights, shuffling, dropout, augmentation, held-out share.
RANDOM = {"dropout": 0.2, "augmentation": "light", "validation_fraction": 0.2, "batch_size": 50}


@both
def test_seed_repeats_bit_for_bit_and_another_differs(make, digits):
    classifier = make(**RANDOM)
    first, again = (clone(classifier).fit(*digits) for _ in range(2))
    other = clone(classifier).set_params(random_state=1).fit(*digits)
    np.testing.assert_array_equal(first.predict_proba(digits[0]), again.predict_proba(digits[0]))
    assert figures(first) == figures(again)
    assert figures(first) != figures(other)
    np.testing.assert_array_equal(
        first.fit(*digits).predict_proba(digits[0]), again.predict_proba(digits[0])
    )


@both
def test_random_state_instance_is_drawn_from(make, digits):
    def fit(state):
        return figures(make(**RANDOM).set_params(random_state=state).fit(*digits))

    state = np.random.RandomState(5)
    first, second = fit(state), fit(state)
    assert first != second
    assert fit(np.random.RandomState(5)) == first


@both
def test_no_seed_differs_from_fit_to_fit(make, digits):
    histories = [figures(make(random_state=None).fit(*digits)) for _ in range(2)]
    assert histories[0] != histories[1]


@both
@pytest.mark.parametrize("units", [5, 6])  # sizes of no other test: nothing is traced yet
def test_global_generators_are_left_alone(units, make, digits):
    tf.random.set_seed(11)
    expected = tf.random.uniform(()).numpy()
    tf.random.set_seed(11)
    random.seed(12)
    np.random.seed(13)
    states = random.getstate(), pickle.dumps(np.random.get_state())

    classifier = make(**RANDOM, hidden_layer_sizes=(units,)).fit(*digits)
    classifier.predict(digits[0])
    copied = pickle.loads(pickle.dumps(classifier))
    copied.partial_fit(*digits).predict_proba(digits[0])

    assert random.getstate() == states[0]
    assert pickle.dumps(np.random.get_state()) == states[1]
    assert tf.random.uniform(()).numpy() == expected


@both
def test_global_seeds_do_not_matter(make, digits):
    histories = []
    for seed in (1, 2):
        random.seed(seed)
        np.random.seed(seed)
        tf.random.set_seed(seed)
        histories.append(figures(make(**RANDOM).fit(*digits)))
    assert histories[0] == histories[1]


@pytest.mark.parametrize("steps_worth_compiling", [0, np.inf], ids=["xla", "kernels"])
def test_fits_in_threads_do_not_disturb_each_other(steps_worth_compiling, digits, monkeypatch):
    monkeypatch.setattr(_programs, "_STEPS_WORTH_COMPILING", steps_worth_compiling)
    cases = [
        make(**RANDOM, hidden_layer_sizes=(units,), random_state=seed)
        for make in (mlp, cnn)
        for units, seed in [(9, 0), (10, 1), (9, 2), (9, 0)]
    ]
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(lambda case: clone(case).fit(*digits), cases))
    for case, classifier in zip(cases, together, strict=True):
        alone = clone(case).fit(*digits)
        assert figures(classifier) == figures(alone)
        np.testing.assert_array_equal(
            classifier.predict_proba(digits[0]), alone.predict_proba(digits[0])
        )


def test_sixteen_threads_predict_at_once(fitted, raw):
    fresh = pickle.loads(pickle.dumps(fitted))  # its prediction is not compiled yet
    rows = [slice(start, start + 60) for start in range(0, 240, 15)]
    expected = [fitted.predict_proba(raw[0][part]) for part in rows]
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda part: fresh.predict_proba(raw[0][part]), rows * 4))
    for one, other in zip(found, expected * 4, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_thread_that_draws_from_python_s_generator_neither_changes_nor_is_changed(digits):
    def draw(numbers):
        while not stop.is_set():
            numbers.append(random.random())

    classifier = mlp(random_state=0)
    expected = figures(classifier.fit(*digits))
    stop, drawn = threading.Event(), []
    random.seed(7)
    state = random.getstate()
    thread = threading.Thread(target=draw, args=(drawn,))
    thread.start()
    try:
        histories = [figures(clone(classifier).fit(*digits)) for _ in range(3)]
    finally:
        stop.set()
        thread.join()
    assert histories == [expected] * 3
    random.setstate(state)
    assert drawn == [random.random() for _ in drawn]


def test_a_network_may_be_built_with_the_help_of_another(digits):
    X, y = digits
    teacher = pickle.dumps(mlp().fit(X, y))

    class Student(BaseKerasClassifier):
        def _build_network(self, input_shape, n_classes):
            loaded = pickle.loads(teacher)
            loaded.predict(X[:2])
            hidden = loaded.model_.layers[0]
            return keras.Sequential(
                [keras.Input(input_shape), hidden, keras.layers.Dense(n_classes, name="new")]
            )

    students = []

    def fit():
        student = Student(epochs=1, random_state=0)
        students.extend(clone(student).fit(X, y).decision_function(X) for _ in range(2))

    # A lock that waits for itself waits for ever.
    thread = threading.Thread(target=fit, daemon=True)
    thread.start()
    thread.join(timeout=120)
    assert not thread.is_alive()
    np.testing.assert_array_equal(*students)
