"""Register the estimators with skl2onnx when a program imports it.

skl2onnx has no entry points, and finds a converter by the exact class of an estimator. So
skdigits waits for the import of skl2onnx, whichever of the two is imported first.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_NAME = "skl2onnx"


def install() -> None:
    """Register the estimators now if skl2onnx is loaded, else when it will be."""
    if sys.modules.get(_NAME) is not None:
        _register()
    elif not any(isinstance(finder, _Waiting) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Waiting())


class _Waiting(MetaPathFinder):
    """Finds skl2onnx as the other finders do, and registers the estimators once it is loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find skl2onnx; leave everything else to the other finders."""
        if fullname != _NAME:
            return None
        for finder in sys.meta_path:
            # An old finder may lack the method.
            find_spec = getattr(finder, "find_spec", None)
            if finder is self or find_spec is None:
                continue
            spec: ModuleSpec | None = find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _Registering(spec.loader)
                return spec
        return None


class _Registering(Loader):
    """Loads skl2onnx as its own loader does, then registers the estimators."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        """Pass on what else a loader may have, such as ``get_data``."""
        return getattr(object.__getattribute__(self, "_loader"), name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Create the module as its own loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, from then on with its own loader, and register."""
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, _Waiting)]
        _register()


def _register() -> None:
    """Import the converters, and with them the estimators; warn if that fails."""
    try:
        importlib.import_module(".export._skl2onnx", __package__).register_own()
    except Exception as error:
        warnings.warn(
            "skl2onnx cannot convert the estimators of skdigits, as they could not be registered: "
            f"{type(error).__name__}: {error}",
            stacklevel=3,
        )
