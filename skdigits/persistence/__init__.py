"""Fitted models in files that run no code when they are loaded."""

from ._model_files import load_model, save_model

__all__ = ["load_model", "save_model"]
