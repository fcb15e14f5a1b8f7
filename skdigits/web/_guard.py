"""Checks of who sends a request, and security headers of every answer."""

from __future__ import annotations

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ._limits import Limits
from ._request_errors import RequestError, crash

#: Any other host name means that another site has pointed its name at this machine.
_OWN_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d{1,5})?", re.IGNORECASE)

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Middleware that accepts only requests of this machine's own page, and not too many at once.

    Parameters
    ----------
    app : ASGI application
        The application that it guards.
    limits : Limits
        Limits of requests.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._n_requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

        Parameters
        ----------
        scope, receive, send : ASGI's
            The request.
        """
        if scope["type"] != "http":
            return

        has_started = False

        async def send_safely(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        self._n_requests += 1
        try:
            self._check(scope)
            await self._app(scope, receive, send_safely)
        except RequestError as error:
            await error.answer()(scope, receive, send_safely)
        except Exception as error:
            if has_started:
                raise
            await crash(error).answer()(scope, receive, send_safely)
        finally:
            self._n_requests -= 1

    def _check(self, scope: Scope) -> None:
        """Refuse a request by its headers."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not _OWN_HOST.fullmatch(hosts[0]):
            raise RequestError(
                421, "This server only answers to 127.0.0.1 and localhost. Open the address that "
                "skdigits demo printed."
            )  # fmt: skip
        own = f"http://{hosts[0]}".lower()
        if headers.get("origin", own).lower() != own or (
            headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
            and scope["method"] != "GET"
        ):
            raise RequestError(403, "Other pages may not use this server. Open its own page.")
        if len(scope.get("raw_path", b"")) + len(scope["query_string"]) > self._limits.url_bytes:
            raise RequestError(
                414, f"Expected an address of at most {self._limits.url_bytes} bytes, found a "
                "longer one. Send pictures in the body."
            )  # fmt: skip
        if self._n_requests > self._limits.requests:
            raise RequestError(503, "Too many requests at once. Try again soon.", retry_after=1)
