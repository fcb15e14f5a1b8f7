"""The routes: the page, the models, and the reading of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ._answers import answer
from ._body import BodyReader
from ._guard import Guard
from ._limits import Limits
from ._page import page_routes
from ._queue import WorkQueue
from ._request_errors import RequestError, answer_http_exception, answer_request_error

if TYPE_CHECKING:
    from .._typing import ProbabilisticClassifier

_NO_STORE = {"cache-control": "no-store"}


def make_app(
    models: Mapping[str, ProbabilisticClassifier], limits: Limits | None = None
) -> ASGIApp:
    """Make the application that serves the page.

    Parameters
    ----------
    models : mapping of str to classifier
        Fitted Pipelines that take a list of pictures, by the name that the page shows.
    limits : Limits, default=None
        Limits of requests; None for the default limits.

    Returns
    -------
    app : ASGI application
        ``GET /`` is the page, ``GET /api/models`` returns the names of the models, and
        ``POST /api/read`` takes a picture file as its body and returns the digits on it.
    """
    limits = limits or Limits()
    reading = _Reading(models, limits)
    return Starlette(
        routes=[
            *page_routes(),
            Route("/api/models", reading.list_models, methods=["GET"]),
            Route("/api/read", reading.read, methods=["POST"]),
        ],
        middleware=[Middleware(Guard, limits=limits)],
        exception_handlers={
            RequestError: answer_request_error,
            HTTPException: answer_http_exception,
        },
    )


class _Reading:
    """The two routes that use the models.

    Parameters
    ----------
    models : mapping of str to classifier
        The models by name.
    limits : Limits
        Limits of requests.
    """

    def __init__(self, models: Mapping[str, ProbabilisticClassifier], limits: Limits) -> None:
        self._models = models
        self._limits = limits
        self._bodies = BodyReader(limits)
        self._queue = WorkQueue(limits)

    async def list_models(self, request: Request) -> Response:
        """Answer with the models' names and the maximum size of a picture file."""
        names = {"models": list(self._models), "bytes": self._limits.body_bytes}
        return JSONResponse(names, headers=_NO_STORE)

    async def read(self, request: Request) -> Response:
        """Answer with the digits on a picture."""
        names, segment = _check_options(request, list(self._models))
        try:
            async with self._bodies.body(request) as content:
                work = partial(answer, content, self._models, names, self._limits, segment=segment)
                found = await self._queue.run(work, request.is_disconnected)
        except ClientDisconnect:
            found = None
        if found is None:
            return Response(status_code=499)  # the client has disconnected
        return JSONResponse(found, headers=_NO_STORE)


def _check_options(request: Request, known: list[str]) -> tuple[list[str], bool]:
    """Find the names of the requested models, and whether there may be several digits."""
    options = request.query_params
    unknown = sorted(set(options) - {"model", "segment"})
    if unknown:
        raise RequestError(
            422, f"Expected the options model and segment, found {unknown[0][:40]!r}."
        )
    segment = options.get("segment", "0")
    if segment not in ("0", "1"):
        raise RequestError(422, f"Expected segment=0 or segment=1, found {segment[:40]!r}.")
    names = options.getlist("model") or known
    wrong = [name for name in names if name not in known]
    if wrong:
        raise RequestError(422, f"Expected models among {known}, found {wrong[0][:80]!r}.")
    return [name for name in known if name in names], segment == "1"
