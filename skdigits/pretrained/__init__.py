"""Trained Pipelines that are part of the package, each with a model card."""

from ._pretrained import load_pretrained, pretrained_names

__all__ = ["load_pretrained", "pretrained_names"]
