"""
Serve a model with FastAPI
==========================

`FastAPI <https://fastapi.tiangolo.com>`_ turns functions into web services that check their
input and describe themselves. This example trains a model, saves it in a file that runs no
code when it is loaded, and predicts in a web service that loads the file. Install it with
``pip install fastapi uvicorn``; the test client at the end also needs ``httpx2``.
"""

import tempfile
from pathlib import Path
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field

from skdigits import DigitGridDisplay, load_mnist, load_model, make_recipe, save_model

N_TRAIN = 5_000
EPOCHS = 3

# %%
# Train and save
# --------------
X, y = load_mnist(subset="train", n_samples=N_TRAIN, return_X_y=True, random_state=0)
pipeline = make_recipe("keras-mlp-512", random_state=0)
pipeline[-1].set_params(epochs=EPOCHS)

folder = tempfile.TemporaryDirectory()
model_file = Path(folder.name, "digits.skdigits")
save_model(pipeline.fit(X, y), model_file)

# %%
# The service
# -----------
# In a project of your own this is a file such as ``service.py``, which you start with
# ``uvicorn service:app``. The model is loaded once, without TensorFlow. FastAPI calls the
# function in threads, in which a model can predict at the same time.
app = FastAPI(title="Digits")
model = load_model(model_file)

Pixel = Annotated[int, Field(ge=0, le=255)]


class Image(BaseModel):
    """An image of 28x28 pixels, row by row."""

    pixels: Annotated[list[Pixel], Field(min_length=784, max_length=784)]


class Prediction(BaseModel):
    """The most probable digit."""

    digit: int
    probability: float


@app.post("/predict")
def predict(image: Image) -> Prediction:
    """Predict the digit in an image."""
    [probabilities] = model.predict_proba(np.array([image.pixels], dtype=np.uint8))
    best = probabilities.argmax()
    return Prediction(digit=model.classes_[best], probability=probabilities[best])


# %%
# Try it
# ------
# FastAPI's test client calls the service without a server.
client = TestClient(app)
X_test, y_test = load_mnist(subset="test", n_samples=10, return_X_y=True, random_state=0)
answers = [client.post("/predict", json={"pixels": pixels.tolist()}).json() for pixels in X_test]
print(answers[0])

digits = np.array([answer["digit"] for answer in answers])
DigitGridDisplay.from_arrays(X_test, y_test, digits)
plt.show()

# %%
# An image of another size is refused with an explanation, without a line of our own.
refused = client.post("/predict", json={"pixels": [0, 1, 2]})
print(refused.status_code, refused.json()["detail"][0]["msg"])
folder.cleanup()
