"""Read the body of a request, with limits of size, time and memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from starlette.requests import Request

from .._plurals import counted
from ._limits import Limits
from ._request_errors import RequestError


class BodyReader:
    """Reads bodies, with a limit for all of them together.

    Parameters
    ----------
    limits : Limits
        Limits of size and time.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held = 0

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """Read a body; it counts towards the limit until the context ends.

        Parameters
        ----------
        request : starlette.requests.Request
            The request.

        Yields
        ------
        content : bytes
            The complete body, not empty.

        Raises
        ------
        RequestError
            If it is empty, too large, too slow, or too many bodies are being received.
        """
        _check_head(request, self._limits.body_bytes)
        content = bytearray()
        try:
            try:
                with anyio.fail_after(self._limits.body_seconds):
                    async for chunk in request.stream():
                        self._take(len(content), len(chunk))
                        content += chunk
            except TimeoutError as error:
                raise RequestError(
                    408, f"Expected the complete picture within {self._limits.body_seconds:g} "
                    f"seconds, received only {counted(len(content), 'byte')}. Send it again."
                ) from error  # fmt: skip
            if not content:
                raise RequestError(
                    400, "Expected a picture as the body, found an empty body. Send the bytes of "
                    "a PNG or JPEG file."
                )  # fmt: skip
            yield bytes(content)
        finally:
            self._held -= len(content)

    def _take(self, before: int, more: int) -> None:
        """Count received bytes, unless there are too many."""
        if before + more > self._limits.body_bytes:
            raise _too_large(self._limits.body_bytes)
        if self._held + more > self._limits.total_bytes:
            raise RequestError(
                503, "Too many pictures are being sent at once. Try again soon.", retry_after=2
            )
        self._held += more


def _check_head(request: Request, body_bytes: int) -> None:
    """Refuse a body by its headers, before any of it is read."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if not kind.startswith("image/") and kind != "application/octet-stream":
        raise RequestError(
            415, "Expected a picture with a content type of image/png, image/jpeg or another "
            f"image, or application/octet-stream, found {kind or 'none'!r}."
        )  # fmt: skip
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise RequestError(
            415, f"Expected a picture without content encoding, found {coding!r}. Omit the header "
            "Content-Encoding."
        )  # fmt: skip
    # The server has checked that it is a number.
    if int(request.headers.get("content-length", "0")) > body_bytes:
        raise _too_large(body_bytes)


def _too_large(body_bytes: int) -> RequestError:
    return RequestError(
        413, f"Expected a file of at most {body_bytes / 1e6:g} MB, found a larger one. Make the "
        "picture smaller."
    )  # fmt: skip
