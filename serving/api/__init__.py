"""The HTTP API: `create_app(settings)` gives the ASGI application."""

from serving.api.app import create_app

__all__ = ["create_app"]
