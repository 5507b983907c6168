"""Errors in the shape of OpenAI's API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marvin.boundary.redaction import redact
from marvin.boundary.terminal import plain
from marvin.engines.workers.worker import WorkerTimeoutError
from marvin.errors import MarvinError, ServerError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import JSONResponse

_RETRY_S = 10
_KINDS = {403: "permission_error", 429: "rate_limit_error"}


class ApiError(Exception):
    """Refuses a request with a message for the developer of the client."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        """`param` is the field of the request that is wrong."""
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s
        kind = _KINDS.get(status, "invalid_request_error" if status < 500 else "server_error")
        self.body = {"message": message, "type": kind, "param": param, "code": code}

    def response(self) -> JSONResponse:
        from starlette.responses import JSONResponse

        headers = {}
        if self.retry_after_s is not None:
            headers["Retry-After"] = str(self.retry_after_s)
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if self.status in (408, 413):
            # The rest of the body is not worth reading.
            headers["Connection"] = "close"
        return JSONResponse({"error": self.body}, self.status, headers)


def failed(error: BaseException) -> ApiError:
    """For an engine that failed, or for which too many clients wait."""
    if isinstance(error, ServerError):
        return ApiError(503, str(error), retry_after_s=_RETRY_S)
    status = 504 if isinstance(error, WorkerTimeoutError) else 500
    return ApiError(status, plain(redact(str(error))), code=getattr(error, "stage", "") or None)


async def answer_error(request: Request, error: Exception) -> JSONResponse:
    """The response to a request whose endpoint raised."""
    from starlette.exceptions import HTTPException

    match error:
        case ApiError():
            return error.response()
        case MarvinError():
            return failed(error).response()
        case HTTPException(status_code=404):
            return ApiError(404, f"there is no {request.url.path} here").response()
        case HTTPException():
            return ApiError(error.status_code, error.detail).response()
    raise error
