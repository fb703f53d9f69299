"""Puts the API together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from core.settings import Settings
from serving.api import docs, problems
from serving.api.gate import Gate
from serving.api.routes import ROUTERS
from serving.api.watch import Watch
from serving.console import pages as console
from serving.logs import RequestLog, configure
from serving.metrics import Metrics
from serving.service import open_service


def create_app(settings: Settings) -> FastAPI:
    """The ASGI application; the store and the models are opened when the server starts, not here."""
    metrics, log = Metrics(), RequestLog()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure()
        log.open()
        app.state.service = open_service(settings, metrics)
        try:
            yield
        finally:
            try:
                app.state.service.close()
            finally:
                log.flush()  # the signal that ends a server leaves Python no time for it

    # The description and its page are ours, for their two languages.
    app = FastAPI(
        title=docs.TITLE,
        version=version("tagloop"),
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    problems.install(app)
    docs.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.state.routes = [route for router in ROUTERS for route in router.routes]
    console.install(app)
    app.add_middleware(Gate)
    app.add_middleware(Watch, metrics=metrics, log=log)
    return app
