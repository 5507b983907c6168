"""Reads and checks the JSON of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from marvin.service.http.api_error import ApiError

if TYPE_CHECKING:
    from starlette.requests import Request

ModelT = TypeVar("ModelT", bound=BaseModel)


async def read_json(request: Request, model: type[ModelT]) -> ModelT:
    """Raises ApiError. Requires the content type, which a page of another site cannot send without
    asking first."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ApiError(415, "send the request as JSON: `Content-Type: application/json`")
    return parsed(await request.body(), model)


def parsed(body: bytes | str, model: type[ModelT]) -> ModelT:
    """Raises ApiError with the first field that is wrong."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise wrong_field(error) from None


def wrong_field(error: ValidationError, within: str = "") -> ApiError:
    """Names the first field that is wrong. `within`: what precedes it."""
    wrong = error.errors(include_input=False, include_url=False)[0]
    field = within + ".".join(map(str, wrong["loc"]))
    why = f"{field}: {wrong['msg']}" if wrong["loc"] else "the request is not valid JSON"
    return ApiError(400, why, param=field or None)
