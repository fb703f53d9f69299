"""Errors that only HTTP knows: what arrived is no request that a route could take."""

from core.errors import TagloopError


class MalformedBodyError(TagloopError):
    """The body is no JSON."""

    code = "malformed_body"


class BodyTooLargeError(TagloopError):
    """The body is longer than is read."""

    code = "body_too_large"


class UnsupportedContentTypeError(TagloopError):
    """The body is said to be something else than JSON."""

    code = "unsupported_content_type"


class NoSuchRouteError(TagloopError):
    """The path leads nowhere."""

    code = "no_such_route"


class MethodNotAllowedError(TagloopError):
    """The path exists, but not for this method."""

    code = "method_not_allowed"


class InternalError(TagloopError):
    """A fault of ours."""

    code = "internal"
