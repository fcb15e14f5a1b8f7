"""Published models and our own as ready Pipelines, with their sources and measured errors."""

from ._recipe import Measurement, Recipe
from ._registry import describe_recipe, make_recipe, recipe_names

__all__ = ["Measurement", "Recipe", "describe_recipe", "make_recipe", "recipe_names"]
