"""The routes: the page, the models, and the reading of a picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ._answers import answer
from ._body import BodyReader
from ._explanation import explain
from ._guard import Guard
from ._keeping import Keeper
from ._limits import Limits
from ._page import page_routes
from ._queue import WorkQueue
from ._request_errors import RequestError, answer_http_exception, answer_request_error

if TYPE_CHECKING:
    from .._typing import ProbabilisticClassifier

_NO_STORE = {"cache-control": "no-store"}


def make_app(
    models: Mapping[str, ProbabilisticClassifier],
    limits: Limits | None = None,
    *,
    keep: Path | None = None,
) -> ASGIApp:
    """Make the application that serves the page.

    Parameters
    ----------
    models : mapping of str to classifier
        Fitted Pipelines that take a list of pictures, by the name that the page shows.
    limits : Limits, default=None
        Limits of requests; None for the default limits.
    keep : pathlib.Path, default=None
        Folder in which images are kept with the labels that the user gives them; None to keep
        nothing.

    Returns
    -------
    app : ASGI application
        ``GET /`` is the page, ``GET /api/models`` returns the names of the models, and
        ``POST /api/read`` takes a picture file as its body and returns the digits on it.
        ``POST /api/keep`` takes one too, and keeps it with a label. ``POST /api/explain`` takes
        a framed digit, and returns which of its pixels a label depends on.
    """
    limits = limits or Limits()
    reading = _Reading(models, limits, keep)
    return Starlette(
        routes=[
            *page_routes(),
            Route("/api/models", reading.list_models, methods=["GET"]),
            Route("/api/read", reading.read, methods=["POST"]),
            Route("/api/keep", reading.keep, methods=["POST"]),
            Route("/api/explain", reading.explain, methods=["POST"]),
        ],
        middleware=[Middleware(Guard, limits=limits)],
        exception_handlers={
            RequestError: answer_request_error,
            HTTPException: answer_http_exception,
        },
    )


class _Reading:
    """The routes that use the models.

    Parameters
    ----------
    models : mapping of str to classifier
        The models by name.
    limits : Limits
        Limits of requests.
    folder : pathlib.Path or None
        Folder in which images are kept.
    """

    def __init__(
        self,
        models: Mapping[str, ProbabilisticClassifier],
        limits: Limits,
        folder: Path | None,
    ) -> None:
        self._models = models
        self._limits = limits
        self._folder = folder
        self._keeper = None if folder is None else Keeper(folder, limits)
        self._bodies = BodyReader(limits)
        self._queue = WorkQueue(limits)

    async def list_models(self, request: Request) -> Response:
        """Answer with the models' names, the maximum size of a file and the folder of images."""
        return JSONResponse(
            {
                "models": list(self._models),
                "bytes": self._limits.body_bytes,
                "folder": None if self._folder is None else str(self._folder),
                "explains": True,
            },
            headers=_NO_STORE,
        )

    async def read(self, request: Request) -> Response:
        """Answer with the digits on a picture."""
        names, segment = _check_options(request, list(self._models))
        return await self._answer(
            request,
            lambda content: answer(content, self._models, names, self._limits, segment=segment),
        )

    async def keep(self, request: Request) -> Response:
        """Keep a picture, or a digit on it, with a label."""
        if self._keeper is None:
            raise RequestError(
                403, "Images are kept only in a folder that was named at the start. Start the "
                "server again with: skdigits demo --keep FOLDER"
            )  # fmt: skip
        name, digit, label = _check_keep_options(request, list(self._models))
        work = partial(self._keeper.keep, digit=digit, label=label)
        return await self._answer(request, lambda content: work(content, self._models[name]))

    async def explain(self, request: Request) -> Response:
        """Answer with what a label depends on."""
        _refuse_unknown(request.query_params, "model", "label")
        name = _find_model(request.query_params, list(self._models))
        label = request.query_params.get("label", "")
        return await self._answer(
            request, lambda content: explain(content, self._models[name], label)
        )

    async def _answer(self, request: Request, work: Callable[[bytes], dict[str, Any]]) -> Response:
        """Read the body of a request, and answer when it is its turn."""
        try:
            async with self._bodies.body(request) as content:
                found = await self._queue.run(partial(work, content), request.is_disconnected)
        except ClientDisconnect:
            found = None
        if found is None:
            return Response(status_code=499)  # the client has disconnected
        return JSONResponse(found, headers=_NO_STORE)


def _check_options(request: Request, known: list[str]) -> tuple[list[str], bool]:
    """Find the names of the requested models, and whether there may be several digits."""
    options = request.query_params
    _refuse_unknown(options, "model", "segment")
    segment = options.get("segment", "0")
    if segment not in ("0", "1"):
        raise RequestError(422, f"Expected segment=0 or segment=1, found {segment[:40]!r}.")
    names = options.getlist("model") or known
    wrong = [name for name in names if name not in known]
    if wrong:
        raise RequestError(422, f"Expected models among {known}, found {wrong[0][:80]!r}.")
    return [name for name in known if name in names], segment == "1"


def _check_keep_options(request: Request, known: list[str]) -> tuple[str, int | None, str | None]:
    """Find the name of the model, the number of the digit, and its label."""
    options = request.query_params
    _refuse_unknown(options, "model", "digit", "label")
    name, digit = _find_model(options, known), options.get("digit")
    if digit is not None and not re.fullmatch("[0-9]{1,4}", digit):
        raise RequestError(422, f"Expected the number of a digit, found {digit[:40]!r}.")
    return name, None if digit is None else int(digit), options.get("label")


def _find_model(options: QueryParams, known: list[str]) -> str:
    """Find the name of a model; the first one if there is none."""
    name: str = options.get("model", known[0])
    if name not in known:
        raise RequestError(422, f"Expected a model among {known}, found {name[:80]!r}.")
    return name


def _refuse_unknown(options: QueryParams, *known: str) -> None:
    """Refuse options that do not exist."""
    unknown = sorted(set(options) - set(known))
    if unknown:
        expected = f"{', '.join(known[:-1])} and {known[-1]}"
        raise RequestError(422, f"Expected the options {expected}, found {unknown[0][:40]!r}.")
