"""uvicorn's side of a connection, with a clock for clients that never finish a request.

uvicorn waits for ever for the end of a request's head, and for the rest of a body that
nobody will read. This is the one file that knows its insides.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

#: For a whole head, and for what is still on its way after an answer.
SECONDS = 10.0
#: Largest head.
HEAD_BYTES = 65_536


class ImpatientProtocol(H11Protocol):
    """Ends a connection on which no request is complete after some seconds."""

    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the clock.

        Parameters
        ----------
        transport : asyncio.Transport
            The connection.
        """
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Stop the clock while a request is being answered.

        Parameters
        ----------
        data : bytes
            What came in.
        """
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Give what is still coming in some seconds, too."""
        super().on_response_complete()
        self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock.

        Parameters
        ----------
        exc : Exception or None
            Why it was lost.
        """
        self._stop()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in our words.

        Parameters
        ----------
        msg : str
            uvicorn's words.
        """
        words = f"Expected a request in HTTP/1.1 with a head of at most {HEAD_BYTES:,} bytes."
        self._refuse("400 Bad Request", words)

    def _watch(self) -> None:
        """Run the clock unless a request is being answered."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._clock is None:
            self._clock = self.loop.call_later(SECONDS, self._give_up)

    def _stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _give_up(self) -> None:
        """End a connection whose request has not come."""
        self._clock = None
        if self.cycle is not None and self.conn.our_state is not self.conn.their_state:
            self.transport.close()  # it was answered, and goes on sending
        else:
            words = f"Expected a whole request within {SECONDS:g} seconds. Send it again."
            self._refuse("408 Request Timeout", words)

    def _refuse(self, status: str, words: str) -> None:
        """Write an answer without h11, which may be in no state to do so, and hang up."""
        if self.transport.is_closing():
            return
        body = json.dumps({"error": words}).encode()
        head = (
            f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nx-content-type-options: nosniff\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()
