"""The files of the page, which are part of the package."""

from __future__ import annotations

from importlib.resources import files

from starlette.responses import Response
from starlette.routing import Route

_KINDS = {
    "css": "text/css",
    "html": "text/html",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}
_START = "index.html"


def page_routes() -> list[Route]:
    """Make a route for each file of the page; the files are read once.

    Returns
    -------
    routes : list of starlette.routing.Route
        The routes. No name from a request is ever looked up on disk.
    """
    contents = {file.name: file.read_bytes() for file in (files(__package__) / "page").iterdir()}
    return [_route("/" if name == _START else f"/{name}", name, contents[name])
            for name in sorted(contents) if name.rpartition(".")[2] in _KINDS]  # fmt: skip


def _route(address: str, name: str, content: bytes) -> Route:
    """Serve one file."""
    kind = f"{_KINDS[name.rpartition('.')[2]]}; charset=utf-8"

    async def send_file(request: object) -> Response:
        return Response(content, headers={"content-type": kind, "cache-control": "no-cache"})

    return Route(address, send_file, methods=["GET"])
