"""The server: its routes and page, how it answers what is malformed, and its way of listening."""

import asyncio
import html
import json
import re
import socket
from collections.abc import AsyncIterator, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from importlib.resources import files
from string import Template
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException as HttpError
from uvicorn.protocols.http.h11_impl import H11Protocol

from retention.errors import UserError
from retention.registry.service.batching import Batcher
from retention.registry.service.messages import Answer, Failure, Invocation, Prediction, Row, read_invocation
from retention.registry.service.predictor import Predictor
from retention.tables.columns import ID

LARGEST_BODY = 1_000_000  # bytes; some 2,000 customers
PATIENCE = 5.0  # seconds that a body may take, and a connection may say nothing
_DRAINED = 16 * LARGEST_BODY  # read and forgotten, so that whoever sends too much still hears why it is refused
_LONGEST = 1500  # bytes of a sentence
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_CONNECTIONS = 512
_DOCUMENTED = {"content": {"application/json": {"schema": Invocation.model_json_schema()}}, "required": True}


def build_app(predictor: Predictor, hosts: Collection[str]) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    predictor : Predictor
        The champion.
    hosts : collection of str
        The names that it answers to, in small letters: a page elsewhere cannot make a browser ask it under another.
    """
    batcher = Batcher(predictor.predict)

    @asynccontextmanager
    async def live(_: FastAPI) -> AsyncIterator[None]:
        work = asyncio.create_task(batcher.run())
        yield
        work.cancel()

    async def check_host(request: Request) -> None:
        host = request.headers.get("host", "").lower()
        if re.sub(r":\d*$", "", host).strip("[]") not in hosts:
            raise HTTPException(HTTPStatus.FORBIDDEN, "This server does not answer to that name (the header Host).")

    app = FastAPI(title="retention", lifespan=live, docs_url=None, redoc_url=None, dependencies=[Depends(check_host)])
    for kind in (UserError, HttpError, RequestValidationError):
        app.add_exception_handler(kind, _refuse)
    _add_pages(app, predictor)
    _add_invocations(app, predictor, batcher)
    return app


def _add_pages(app: FastAPI, predictor: Predictor) -> None:
    page = _render_page(predictor)

    @app.get("/ping")
    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/version")
    async def version() -> dict[str, str | int]:
        found = predictor.champion.version
        return {"model": found.name, "version": found.number, "sha256": found.sha256}

    @app.get("/docs", response_class=HTMLResponse)
    async def docs() -> str:
        return page


def _render_page(predictor: Predictor) -> str:
    """Return what may be asked, with an example; whole in itself, so that it opens offline."""
    version, told = predictor.champion.version, {name: rule.tell() for name, rule in predictor.rules.items()}
    told |= {name: f"{rule.tell()}; needed for details only" for name, rule in predictor.money.items()}
    example = {"dataframe_records": [{name: rule.pick() for name, rule in predictor.rules.items()}]}
    rows = (f"<tr><td>{name}</td><td>{html.escape(said)}</td></tr>" for name, said in told.items())
    page = Template(files("retention.registry.service").joinpath("page.html").read_text(encoding="utf-8"))
    return page.substitute(
        name=html.escape(version.name),
        version=version.number,
        rows="".join(rows),
        money="".join(f", and <code>{name}</code> in each row" for name in predictor.money),
        example=html.escape(json.dumps(example)),
    )


def _add_invocations(app: FastAPI, predictor: Predictor, batcher: Batcher) -> None:
    explaining = ThreadPoolExecutor(1)

    @app.post("/invocations", response_model=Answer, responses={400: {"model": Failure}},
              openapi_extra={"requestBody": _DOCUMENTED})  # fmt: skip
    async def invocations(body: Annotated[bytes, Depends(_read_body)], details: bool = False) -> Response:
        rows, params = read_invocation(body)
        wanted = details or params.details
        predictor.check(rows, wanted)
        probability = await batcher.predict(rows)
        if wanted:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(explaining, predictor.describe, rows, probability)
        else:
            found = [Prediction(decline_probability=one) for one in probability]
        answer = Answer(predictions=_name(found, rows), version=predictor.version)
        return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")


async def _read_body(request: Request) -> bytes:
    """Return the body of a request; refuse one that is no JSON, too large or too slow."""
    kind, _, charset = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != "application/json" or charset.strip().lower() not in ("", "charset=utf-8"):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "Send JSON, with the header Content-Type: application/json.")
    kept, size = [], 0
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= LARGEST_BODY:
                    kept.append(chunk)
                elif size > _DRAINED:
                    break
            if size <= LARGEST_BODY:
                return b"".join(kept)
    if size > LARGEST_BODY:
        told = f"A request may have {LARGEST_BODY:,} bytes: send the customers in parts, or use `retention score`."
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told)
    raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, f"The request was not complete within {PATIENCE:g} seconds.")


def _name(found: list[Prediction], rows: list[Row]) -> list[Prediction]:
    """Return the predictions with the ids that were given."""
    for row in rows:
        if isinstance(row.get(ID), bool) or not isinstance(row.get(ID), str | int | float | None):
            raise UserError(f"{ID} is a text or a number.")
    return [one.model_copy(update={ID: row.get(ID)}) for one, row in zip(found, rows, strict=True)]


async def _refuse(_: Request, error: Exception) -> Response:
    """Answer with a code and a sentence, below 2 kB."""
    status, told = int(HTTPStatus.BAD_REQUEST), str(error)
    if isinstance(error, HttpError):
        status, told = error.status_code, str(error.detail)
    elif isinstance(error, RequestValidationError):
        told = "The query is not understood: there is ?details=true and ?details=false."
    failure = Failure(error_code=HTTPStatus(status).name, message=told.encode()[:_LONGEST].decode(errors="ignore"))
    return Response(failure.model_dump_json(), status, media_type="application/json")


class _ImpatientProtocol(H11Protocol):
    """Closes a connection on which no request was begun and completed for some seconds; uvicorn waits for ever."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look(self)

    def _look(self, seen: Any) -> None:
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self.cycle is seen:
            self.transport.close()
        elif not self.transport.is_closing():
            self.loop.call_later(PATIENCE, self._look, self.cycle)


def name_hosts(host: str) -> set[str]:
    """Return the names under which a server that is bound to `host` answers, in small letters."""
    return {name.lower() for name in (*_LOOPBACK, host, socket.gethostname())}


def run(app: FastAPI, host: str, port: int) -> None:
    """Serve until Ctrl-C; a port that cannot be had is a `UserError`."""
    config = uvicorn.Config(
        app,
        http=_ImpatientProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=int(PATIENCE),
        timeout_graceful_shutdown=1,
        limit_concurrency=_CONNECTIONS,
    )
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=_CONNECTIONS)
    except OSError as error:
        raise UserError(f"{host}:{port} cannot be served at ({error.strerror}): choose another with --port.") from None
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 40 ms pass between an answer's head and body
    with listening:
        uvicorn.Server(config).run(sockets=[listening])
