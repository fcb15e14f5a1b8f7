"""
Save a pipeline and predict in another process
==============================================

A fitted pipeline is one object that contains the scaling and the network. joblib saves it
to a file, and another program loads it and predicts.

.. warning::
    Loading a joblib file can run any code that is in it. Load only files from people whom
    you trust, with the versions of the libraries that they were saved with.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import joblib
import matplotlib.pyplot as plt
import numpy as np

from skdigits import DigitGridDisplay, load_mnist, make_recipe

N_TRAIN = 5_000
EPOCHS = 3

# %%
# Train and save
# --------------
X, y = load_mnist(subset="train", n_samples=N_TRAIN, return_X_y=True, random_state=0)
X_test, y_test = load_mnist(subset="test", return_X_y=True)

pipeline = make_recipe("keras-mlp-512", random_state=0)
pipeline[-1].set_params(epochs=EPOCHS)
pipeline.fit(X, y)

folder = tempfile.TemporaryDirectory()
model_file = Path(folder.name, "digits.joblib")
joblib.dump(pipeline, model_file, compress=3)
print(f"{model_file.name}: {model_file.stat().st_size / 1e6:.1f} MB")

# %%
# Predict in another process
# --------------------------
# The other program needs only joblib and the file: loading imports everything else.
images_file, answers_file = Path(folder.name, "images.npy"), Path(folder.name, "answers.npy")
np.save(images_file, X_test)
program = """
import sys, joblib, numpy
model_file, images_file, answers_file = sys.argv[1:]
pipeline = joblib.load(model_file)
numpy.save(answers_file, pipeline.predict_proba(numpy.load(images_file)))
"""
files = [str(model_file), str(images_file), str(answers_file)]
subprocess.run([sys.executable, "-c", program, *files], check=True, capture_output=True)

# %%
# The probabilities are equal to the last bit.
answers = np.load(answers_file)
print("equal:", np.array_equal(answers, pipeline.predict_proba(X_test)))
folder.cleanup()

# %%
# The other process's predictions for the first five test images, with their probabilities.
predicted = pipeline.classes_[answers.argmax(axis=1)]
print("predicted", predicted[:5])
print("true     ", y_test[:5])
DigitGridDisplay.from_arrays(X_test, y_test, predicted, y_proba=answers, n_samples=5, n_columns=5)
plt.show()
