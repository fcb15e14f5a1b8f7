"""uvicorn's HTTP protocol, with a timeout for clients that never finish a request.

uvicorn waits forever for the end of a request's headers, and for the rest of a body that
nobody will read. Only this file uses its internals.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

#: Timeout for the headers, and for the rest of a request that is already answered.
SECONDS = 10.0
#: Maximum size of the headers.
HEAD_BYTES = 65_536


class ImpatientProtocol(H11Protocol):
    """Closes a connection if no request is complete after some seconds."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the timer."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Stop the timer while a request is being answered."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Restart the timer, for the rest of a request that is still being received."""
        super().on_response_complete()
        self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._stop()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer data that is not HTTP."""
        message = f"Expected a request in HTTP/1.1 with at most {HEAD_BYTES:,} bytes of headers."
        self._refuse("400 Bad Request", message)

    def _watch(self) -> None:
        """Run the timer unless a request is being answered."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._timer is None:
            self._timer = self.loop.call_later(SECONDS, self._give_up)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        """Close a connection whose request is not complete in time."""
        self._timer = None
        if self.cycle is not None and self.conn.our_state is not self.conn.their_state:
            self.transport.close()  # the client still sends after it was answered
        else:
            message = f"Expected a complete request within {SECONDS:g} seconds. Send it again."
            self._refuse("408 Request Timeout", message)

    def _refuse(self, status: str, message: str) -> None:
        """Send an answer without h11, whose state may not allow it, and close."""
        if self.transport.is_closing():
            return
        body = json.dumps({"error": message}).encode()
        head = (
            f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nx-content-type-options: nosniff\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()
