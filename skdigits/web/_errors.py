"""Answers to requests that cannot be served: a status, and a sentence in JSON."""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_WORDS = {
    404: "There is nothing at this address. The page is at /",
    405: "This address does not take requests of this kind. Pictures go to /api/read by POST.",
}


class RequestError(Exception):
    """A request that is refused.

    Parameters
    ----------
    status : int
        HTTP's status.
    message : str
        What was expected, what was found, what to do.
    retry_after : int, default=None
        Seconds after which to try again.
    """

    def __init__(self, status: int, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after = retry_after

    def answer(self) -> Response:
        """Word the answer.

        Returns
        -------
        response : starlette.responses.Response
            JSON with the one key "error".
        """
        headers = {"cache-control": "no-store"}
        if self.retry_after is not None:
            headers["retry-after"] = str(self.retry_after)
        return JSONResponse({"error": self.message}, self.status, headers)


async def answer_request_error(request: Request, error: Exception) -> Response:
    """Answer a refused request.

    Parameters
    ----------
    request : starlette.requests.Request
        The request.
    error : RequestError
        Why.

    Returns
    -------
    response : starlette.responses.Response
        The answer.
    """
    assert isinstance(error, RequestError)
    return error.answer()


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses, in our words.

    Parameters
    ----------
    request : starlette.requests.Request
        The request.
    error : starlette.exceptions.HTTPException
        The framework's error.

    Returns
    -------
    response : starlette.responses.Response
        The answer, with the framework's headers.
    """
    assert isinstance(error, HTTPException)
    status = error.status_code
    words = _WORDS.get(status, f"{HTTPStatus(status).phrase}.")
    response = RequestError(status, words).answer()
    response.headers.update(error.headers or {})
    return response


def crash(error: Exception) -> RequestError:
    """Word what is the server's own fault, and log it.

    Parameters
    ----------
    error : Exception
        What went wrong; its trace goes to the terminal, and not to the page.

    Returns
    -------
    crashed : RequestError
        Of status 500.
    """
    logging.getLogger("uvicorn.error").error("A request failed", exc_info=error)
    message = f"Reading the picture failed ({type(error).__name__}). The terminal shows why."
    return RequestError(500, message)
