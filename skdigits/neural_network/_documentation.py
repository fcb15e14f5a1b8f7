"""Docstrings of subclasses, completed by what their base class documents."""

from __future__ import annotations

import inspect
import re
from typing import TypeVar

_Class = TypeVar("_Class", bound=type)

#: Sections of a class in numpydoc's order.
_ORDER = ("Parameters", "Attributes", "See Also", "Notes", "Examples")


def document_like_base(cls: _Class) -> _Class:
    """Add the parameters, attributes and notes of a base class to the docstring of a class.

    Parameters
    ----------
    cls : type
        Documents its own parameters, which come first in its signature.

    Returns
    -------
    cls : type
        The same; unchanged where Python drops docstrings.
    """
    if cls.__doc__ is None:
        return cls
    sections = _sections(cls)
    for name, text in _sections(cls.__mro__[1]).items():
        if name == "Parameters":
            sections[name] += text
        elif name in ("Attributes", "Notes"):
            sections[name] = text
    titled = [f"{name}\n{'-' * len(name)}\n{sections[name]}" for name in _ORDER]
    cls.__doc__ = "\n".join([sections[""], *titled])
    return cls


def _sections(cls: type) -> dict[str, str]:
    """Split a docstring by the titles of its sections; what stands before them has none."""
    summary, *rest = re.split(
        r"^(\w[\w ]*)\n-+\n", inspect.cleandoc(cls.__doc__ or ""), flags=re.M
    )
    texts = {"": summary} | dict(zip(rest[::2], rest[1::2], strict=True))
    return {name: text.rstrip() + "\n" for name, text in texts.items()}
