"""Runs the application by uvicorn: the connection that says nothing is closed, the port that is taken is told."""

import asyncio
import socket
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from retention.errors import UserError
from retention.registry.service.app import PATIENCE

LOOPBACK = ("127.0.0.1", "localhost", "::1")
CONNECTIONS = 512


class ImpatientProtocol(H11Protocol):
    """Closes a connection on which no request was begun and completed for some seconds; uvicorn waits for ever."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look at the connection."""
        super().connection_made(transport)
        self._look(self)

    def _look(self, seen: Any) -> None:
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self.cycle is seen:
            self.transport.close()
        elif not self.transport.is_closing():
            self.loop.call_later(PATIENCE, self._look, self.cycle)


def name_hosts(host: str) -> set[str]:
    """Return the names under which a server that is bound to `host` answers."""
    return {*LOOPBACK, host, socket.gethostname()}


def run(app: FastAPI, host: str, port: int) -> None:
    """Serve until Ctrl-C.

    Raises
    ------
    UserError
        If the port cannot be had.
    """
    config = uvicorn.Config(
        app,
        http=ImpatientProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=int(PATIENCE),
        timeout_graceful_shutdown=1,
        limit_concurrency=CONNECTIONS,
    )
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=CONNECTIONS)
    except OSError as error:
        raise UserError(f"{host}:{port} cannot be served at ({error.strerror}): choose another with --port.") from None
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 40 ms pass between an answer's head and body
    with listening:
        uvicorn.Server(config).run(sockets=[listening])
