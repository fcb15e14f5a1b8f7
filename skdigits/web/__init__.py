"""A page to draw digits on, served on this machine only: ``skdigits demo``."""

from __future__ import annotations

from ._app import make_app
from ._limits import Limits
from ._server import configure, open_socket, serve

__all__ = ["Limits", "configure", "make_app", "open_socket", "serve"]
