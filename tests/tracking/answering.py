"""A service on loopback that answers every request the same way, repeats what it was told, and notes credentials."""

import base64
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ECHO = "{echo}"  # in a body: the credentials as they came, and as they are


@dataclass
class Answer:
    """What is answered to everything but ``/health``.

    Parameters
    ----------
    status : int
    kind, body : str
        The content type and the content.
    headers : dict
    seconds : float
        How long it takes.
    seen : set of str
        The credentials that came.
    """

    status: int
    kind: str = "text/html"
    body: str = f"<html>{ECHO}</html>"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0
    seen: set[str] = field(default_factory=set)


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """Serve, and yield host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            came = self.headers.get("Authorization") or ""
            told = base64.b64decode(came.removeprefix("Basic ")).decode() if came.startswith("Basic ") else came
            if self.path.endswith("/health"):
                return self._send(200, "text/plain", "OK")
            answer.seen.add(told)
            time.sleep(answer.seconds)
            return self._send(answer.status, answer.kind, answer.body.replace(ECHO, f"{came} {told} {self.headers}"))

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

        def _send(self, status: int, kind: str, body: str) -> None:
            content = body.replace("\n", " ").replace("\r", " ").encode()
            self.send_response(status)
            headers = {"Content-Type": kind, "Content-Length": str(len(content)), **answer.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            with suppress(ConnectionError):  # whoever asked did not wait for it
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
