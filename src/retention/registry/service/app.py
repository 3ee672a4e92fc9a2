"""The routes of the server and how it answers what is malformed: a code and a sentence, below 2 kB."""

import asyncio
import re
from collections.abc import AsyncIterator, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException as HttpError

from retention.errors import UserError
from retention.registry.service.batching import Batcher
from retention.registry.service.messages import Answer, Failure, Invocation, Prediction, Row, read_invocation
from retention.registry.service.page import render_page
from retention.registry.service.predictor import Predictor
from retention.tables.columns import ID

LARGEST_BODY = 1_000_000  # bytes; some 2,000 customers
PATIENCE = 5.0  # seconds that a body may take, and a connection may say nothing
_DRAINED = 16 * LARGEST_BODY  # read and forgotten, so that whoever sends too much still hears why it is refused
_LONGEST = 1500  # bytes of a sentence
_DOCUMENTED = {"content": {"application/json": {"schema": Invocation.model_json_schema()}}, "required": True}


def build_app(predictor: Predictor, hosts: Collection[str]) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    predictor : Predictor
        The champion.
    hosts : collection of str
        The names that it answers to: a page elsewhere cannot make a browser ask it under another.
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
    app.add_exception_handler(UserError, _tell_user)
    app.add_exception_handler(HttpError, _tell_refusal)
    app.add_exception_handler(RequestValidationError, _tell_query)
    _add_pages(app, predictor)
    _add_invocations(app, predictor, batcher)
    return app


def _add_pages(app: FastAPI, predictor: Predictor) -> None:
    page = render_page(predictor)

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


def _add_invocations(app: FastAPI, predictor: Predictor, batcher: Batcher) -> None:
    explaining = ThreadPoolExecutor(1)

    @app.post("/invocations", response_model=Answer, responses={400: {"model": Failure}},
              openapi_extra={"requestBody": _DOCUMENTED})  # fmt: skip
    async def invocations(body: Annotated[bytes, Depends(read_body)], details: bool = False) -> Response:
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


async def read_body(request: Request) -> bytes:
    """Return the body of a request, of JSON and of a size that can be answered.

    Raises
    ------
    HTTPException
        If it is of another kind, too large or too slow.
    """
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
        if not isinstance(row.get(ID), str | int | float | None):
            raise UserError(f"{ID} is a text or a number.")
    return [one.model_copy(update={ID: row.get(ID)}) for one, row in zip(found, rows, strict=True)]


async def _tell_user(_: Request, error: Exception) -> Response:
    return _fail(HTTPStatus.BAD_REQUEST, str(error))


async def _tell_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, HttpError)
    return _fail(error.status_code, str(error.detail))


async def _tell_query(_: Request, _error: Exception) -> Response:
    return _fail(HTTPStatus.BAD_REQUEST, "The query is not understood: there is ?details=true and ?details=false.")


def _fail(status: int, told: str) -> Response:
    failure = Failure(error_code=HTTPStatus(status).name, message=told.encode()[:_LONGEST].decode(errors="ignore"))
    return Response(failure.model_dump_json(), status, media_type="application/json")
