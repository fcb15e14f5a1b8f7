"""Register the estimators with skl2onnx when a program imports it.

skl2onnx has no entry points, and finds a converter by the exact class of an estimator. So
skdigits waits for the import of skl2onnx, whichever of the two is imported first.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

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
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _Registering(spec.loader)
                return spec
        return None


class _Registering(Loader):
    """Loads skl2onnx as its own loader does, then registers the estimators."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

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
    """Import the converters, and with them the estimators."""
    importlib.import_module(".export._skl2onnx", __package__).register_own()
