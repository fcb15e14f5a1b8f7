"""The sides of the comparison, and what measures them.

A module without an underscore is one side. It has these functions, and the modules
with an underscore know nothing else of it:

``describe(architecture)``
    How this side trains the network, in a few words.
``prepare(images, labels, architecture)``
    Turn uint8 images of shape (n, 784) and their labels into what `fit` and
    `predict` take. Never timed.
``fit(architecture, X, y, epochs)``
    Build the network, train it and return what `predict` takes.
``predict(model, X)`` and ``predict_proba(model, X)``
    Labels and probabilities.
``search(architecture, epochs, rates, hidden)``
    Estimator, grid and fit parameters of a GridSearchCV; only where there is one.
"""
