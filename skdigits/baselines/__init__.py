"""Classic classifiers as ready Pipelines, each with a small grid to search."""

from ._registry import baseline_grid, baseline_names, make_baseline

__all__ = ["baseline_grid", "baseline_names", "make_baseline"]
