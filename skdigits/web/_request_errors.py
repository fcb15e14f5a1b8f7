"""Answers to requests that fail: a status, and a message in JSON."""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_MESSAGES = {
    404: "There is nothing at this address. The page is at /",
    405: "This address does not accept this method. Send pictures to /api/read with POST.",
}


class RequestError(Exception):
    """A request that is refused.

    Parameters
    ----------
    status : int
        HTTP status.
    message : str
        What was expected, what was found, and what to do.
    retry_after : int, default=None
        Seconds after which to try again.
    """

    def __init__(self, status: int, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after = retry_after

    def answer(self) -> Response:
        """Make the answer.

        Returns
        -------
        response : starlette.responses.Response
            JSON with the key "error".
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
        The error.

    Returns
    -------
    response : starlette.responses.Response
        The answer.
    """
    assert isinstance(error, RequestError)
    return error.answer()


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Answer a request that the web framework refuses.

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
    message = _MESSAGES.get(status, f"{HTTPStatus(status).phrase}.")
    response = RequestError(status, message).answer()
    response.headers.update(error.headers or {})
    return response


def crash(error: Exception) -> RequestError:
    """Log an error of the server and make the answer to it.

    Parameters
    ----------
    error : Exception
        The error; its traceback is printed to the terminal and not sent to the page.

    Returns
    -------
    crashed : RequestError
        An error with status 500.
    """
    logging.getLogger("uvicorn.error").error("A request failed", exc_info=error)
    message = f"Reading the picture failed ({type(error).__name__}). See the terminal for details."
    return RequestError(500, message)
