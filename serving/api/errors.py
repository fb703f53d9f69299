"""Errors that only HTTP knows: what arrived is no request that a route could take."""

from core.errors import TagloopError


class MalformedBodyError(TagloopError):
    """The body is no JSON."""

    code = "malformed_body"


class BodyTooLargeError(TagloopError):
    """The body is longer than is read."""

    code = "body_too_large"


class HeadersTooLargeError(TagloopError):
    """The headers are more than is read."""

    code = "headers_too_large"


class AddressTooLongError(TagloopError):
    """The path and the query are longer than is read."""

    code = "address_too_long"


class MalformedAddressError(TagloopError):
    """The path is no UTF-8 text."""

    code = "malformed_address"


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
