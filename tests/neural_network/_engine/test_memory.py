"""Fits in one process do not pile up."""

from __future__ import annotations

PROGRAM = """
import gc, sys
import psutil
from sklearn.datasets import load_digits
from skdigits import KerasCNNClassifier, KerasMLPClassifier

X, y = load_digits(return_X_y=True)
X = X / 16
process = psutil.Process()
for i in range(45):
    rate = 0.001 * (i + 1)
    if i % 2:
        made = KerasCNNClassifier(filters=(8,), epochs=1, random_state=i, learning_rate=rate)
    else:
        made = KerasMLPClassifier(dropout=0.1, epochs=1, random_state=i, learning_rate=rate)
    made.fit(X, y).predict(X)
    if i == 4:
        gc.collect()
        before = process.memory_info().rss
gc.collect()
print((process.memory_info().rss - before) / 2**20)
"""


LARGER = """
import gc
import psutil
from sklearn.datasets import load_digits
from skdigits import KerasMLPClassifier

X, y = load_digits(return_X_y=True)
process = psutil.Process()
for i in range(65):
    # 3 MB of weights and moments, of which Python's collector counts few objects.
    KerasMLPClassifier(hidden_layer_sizes=(400, 400), epochs=1, random_state=i).fit(X / 16, y)
    if i == 4:
        gc.collect()
        before = process.memory_info().rss
print((process.memory_info().rss - before) / 2**20)
"""


def test_sixty_larger_networks_after_the_fifth_grow_by_less_than_20_mb(run_python):
    assert float(run_python("-c", LARGER)) < 20


def test_forty_fits_after_the_fifth_grow_by_less_than_40_mb(run_python):
    assert float(run_python("-c", PROGRAM)) < 40
