"""The server: on this machine only, until Ctrl-C."""

from __future__ import annotations

import errno
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from ._app import make_app
from ._limits import Limits
from ._protocol import HEAD_BYTES, ImpatientProtocol

if TYPE_CHECKING:
    from .._typing import ProbabilisticClassifier

ADDRESS = "127.0.0.1"
DEFAULT_PORT = 8028
#: Number of ports after the default one that are tried if it is busy.
_MORE_PORTS = 20
_CONNECTIONS = 512
_BACKLOG = 1024


def serve(
    models: Mapping[str, ProbabilisticClassifier],
    listening: socket.socket,
    *,
    keep: Path | None = None,
    on_start: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve the page until Ctrl-C.

    Parameters
    ----------
    models : mapping of str to classifier
        Fitted Pipelines that take a list of pictures, by the name that the page shows. They
        may be loaded when they are first read from the mapping; the page does not wait for it.
    listening : socket.socket
        A socket from `open_socket`.
    keep : pathlib.Path, default=None
        As for `make_app`.
    on_start : callable
        Called once with the address when the page can be opened.

    Raises
    ------
    KeyboardInterrupt
        With the number of the signal, if a signal other than Ctrl-C stops the server.
    Exception
        If a model cannot be loaded, after the server has stopped.
    """
    failures: list[Exception] = []

    def warm_up() -> None:
        try:
            _warm_up(models)
        except Exception as error:
            failures.append(error)
            server.should_exit = True

    def begin() -> None:
        warming.start()
        on_start(f"http://{ADDRESS}:{listening.getsockname()[1]}/")

    warming = threading.Thread(target=warm_up, name="warm-up")
    server = _Server(configure(models, keep=keep), begin)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt as interrupt:
        # Ctrl-C is the normal way to stop it.
        if interrupt.args not in ((), (signal.SIGINT,)):
            raise
    finally:
        if warming.ident is not None:
            # To end in the midst of an import could crash the process.
            warming.join()
    if failures:
        raise failures[0]


class _Server(uvicorn.Server):
    """A server that says when it has started.

    Not before that does another thread import anything: a signal that interrupts an import in this
    thread would leave a lock behind. Once it has started, a signal only sets a flag.
    """

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets=sockets)
        self._on_started()


def configure(
    models: Mapping[str, ProbabilisticClassifier],
    limits: Limits | None = None,
    *,
    keep: Path | None = None,
) -> uvicorn.Config:
    """Configure uvicorn.

    Parameters
    ----------
    models : mapping of str to classifier
        The models by name.
    limits, keep : Limits and pathlib.Path, default=None
        As for `make_app`.

    Returns
    -------
    config : uvicorn.Config
        Without access log, proxy headers, websockets or the server's name.
    """
    return uvicorn.Config(
        make_app(models, limits, keep=keep),
        http=ImpatientProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        backlog=_BACKLOG,
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
    )


def open_socket(port: int | None) -> socket.socket:
    """Open a port that can only be reached from this machine.

    Parameters
    ----------
    port : int or None
        Port, or 0 for any that is free; None for 8028 or the next free one.

    Returns
    -------
    listening : socket.socket
        Bound and listening.

    Raises
    ------
    OSError
        If the port is busy or not allowed.
    """
    ports = [port] if port is not None else range(DEFAULT_PORT, DEFAULT_PORT + _MORE_PORTS)
    for candidate in ports:
        try:
            return socket.create_server((ADDRESS, candidate), backlog=_BACKLOG)
        except OSError as error:
            last = error
            if error.errno != errno.EADDRINUSE:
                break
    where = f"port {ports[0]}" if len(ports) == 1 else f"ports {ports[0]} to {ports[-1]}"
    raise OSError(
        f"cannot listen on {where} of {ADDRESS} ({last.strerror}); choose another port with "
        "--port, or use --port 0 for any free port"
    ) from last


def _warm_up(models: Mapping[str, ProbabilisticClassifier]) -> None:
    """Read a picture with each model, so that the first request waits for nothing else."""
    # Not before the page can be opened: this takes most of a second.
    import numpy as np

    from ..images import predict_digits

    one = np.full((60, 40), 255, np.uint8)
    one[10:50, 18:23] = 0
    for model in models.values():
        try:
            predict_digits(model, one)
        except ValueError:
            continue  # the page reports it
