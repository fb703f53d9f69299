"""The server's log: one JSON object a line, without the values of variables (they may be about people)."""

import structlog


def configure() -> None:
    """Write structured lines to standard output, unless whoever started the server chose otherwise."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
