"""scikit-learn's decision trees as arrays, and checks that their compiled code does not make."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._archive import is_count
from .._typing import AnyArray
from ..exceptions import ModelFileError

#: The child of a leaf.
_NONE = -1
_WRONG = "a decision tree in it is not one that a fit leaves. Do not use it."


def tree_parts(tree: Any) -> dict[str, Any]:
    """Give a tree as numbers and arrays.

    Parameters
    ----------
    tree : sklearn.tree._tree.Tree
        Fitted.

    Returns
    -------
    parts : dict
        What `tree_from_parts` takes.
    """
    return {
        "n_features": int(tree.n_features),
        "nodes": _fields(tree.__getstate__()["nodes"]),
        "values": tree.value,
    }


def tree_from_parts(parts: dict[str, Any]) -> Any:
    """Make a tree, if its nodes lead from the root to leaves and nowhere else.

    Parameters
    ----------
    parts : dict
        What a file says.

    Returns
    -------
    tree : sklearn.tree._tree.Tree
        Fitted.

    Raises
    ------
    ModelFileError
        If it is not such a tree. Other faults raise any exception.
    """
    from sklearn.tree._tree import NODE_DTYPE, Tree

    n_features, values = parts["n_features"], parts["values"]
    n_nodes, n_outputs, n_classes = values.shape
    # Compiled code multiplies and stores these as C integers.
    is_right = is_count(n_features) and 0 < n_features < 2**31 and n_outputs == 1
    if not is_right or not n_nodes * n_classes or values.dtype != np.float64:
        raise ModelFileError(_WRONG)
    nodes = _nodes(parts["nodes"], n_nodes, NODE_DTYPE)
    is_inner = nodes["left_child"] != _NONE
    _check_features(nodes["feature"][is_inner], n_features)
    tree = Tree(n_features, np.array([n_classes], np.intp), n_outputs)
    tree.__setstate__(
        {
            "max_depth": _depth(nodes["left_child"], nodes["right_child"]),
            "node_count": n_nodes,
            "nodes": nodes,
            "values": np.ascontiguousarray(values),
        }
    )
    return tree


def boosted_parts(predictors: list[list[Any]]) -> dict[str, Any]:
    """Give the trees of gradient boosting as arrays.

    Parameters
    ----------
    predictors : list of lists of TreePredictor
        One list for each iteration.

    Returns
    -------
    parts : dict
        What `boosted_from_parts` takes.
    """
    nodes = np.concatenate([tree.nodes for trees in predictors for tree in trees])
    sizes = np.array([[len(tree.nodes) for tree in trees] for trees in predictors])
    return {"sizes": sizes, "nodes": _fields(nodes)}


def boosted_from_parts(parts: dict[str, Any], n_features: int) -> list[list[Any]]:
    """Make the trees of gradient boosting, if none leads anywhere but to its leaves.

    Parameters
    ----------
    parts : dict
        What a file says.
    n_features : int
        Of each sample.

    Returns
    -------
    predictors : list of lists of TreePredictor
        One list for each iteration.

    Raises
    ------
    ModelFileError
        If they are not such trees. Other faults raise any exception.
    """
    from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
    from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

    sizes = parts["sizes"]
    if sizes.dtype.kind != "i" or sizes.ndim != 2 or not sizes.size or sizes.min() < 1:
        raise ModelFileError(_WRONG)
    ends = np.cumsum(sizes.ravel().astype(object))  # of Python integers, which have no end
    nodes = _nodes(parts["nodes"], ends[-1], PREDICTOR_RECORD_DTYPE)
    no_bits = np.zeros((0, 8), np.uint32)  # of categories, which these trees do not have
    trees = []
    for tree in np.split(nodes, ends[:-1].astype(np.intp)):
        is_inner = tree["is_leaf"] == 0
        own = np.flatnonzero(is_inner)
        for side in ("left", "right"):
            children = tree[side][is_inner]
            if not ((children > own) & (children < len(tree))).all():
                raise ModelFileError(_WRONG)
        if tree["is_categorical"].any():
            raise ModelFileError(_WRONG)
        _check_features(tree["feature_idx"][is_inner], n_features)
        trees.append(TreePredictor(tree, no_bits, no_bits))
    return [list(row) for row in np.array(trees, dtype=object).reshape(sizes.shape)]


def _fields(nodes: AnyArray) -> dict[str, AnyArray]:
    """Give the columns of a table of nodes."""
    return {name: np.ascontiguousarray(nodes[name]) for name in nodes.dtype.names or ()}


def _nodes(fields: dict[str, AnyArray], n_nodes: int, dtype: np.dtype[Any]) -> AnyArray:
    """Make a table of nodes of its columns."""
    if set(fields) != set(dtype.names or ()):
        raise ModelFileError(
            "a decision tree in it is one of another version of scikit-learn. Install the version "
            "that saved it."
        )
    if any(
        field.shape != (n_nodes,) or field.dtype != dtype[name] for name, field in fields.items()
    ):
        raise ModelFileError(_WRONG)
    nodes = np.zeros(n_nodes, dtype)
    for name, field in fields.items():
        nodes[name] = field
    return nodes


def _check_features(features: AnyArray, n_features: int) -> None:
    """Refuse nodes that look at features that samples do not have."""
    if not ((features >= 0) & (features < n_features)).all():
        raise ModelFileError(_WRONG)


def _depth(left: AnyArray, right: AnyArray) -> int:
    """Count the levels below the root, if each other node is the child of an earlier one."""
    inner = np.flatnonzero(left != _NONE)
    children = np.concatenate([left[inner], right[inner]])
    is_after = (left[inner] > inner).all() and (right[inner] > inner).all()
    # Sorted, they are all nodes but the root, each of them once.
    if not is_after or not np.array_equal(np.sort(children), np.arange(1, len(left))):
        raise ModelFileError(_WRONG)
    depth, level = 0, np.array([0])
    while len(level := level[left[level] != _NONE]):
        level = np.concatenate([left[level], right[level]])
        depth += 1
    return depth
