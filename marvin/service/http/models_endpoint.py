"""`/v1/models`: the names under which clients choose an engine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from marvin.service.http.api_error import ApiError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import BaseRoute

    from marvin.config.tables import Config
    from marvin.service.served_engines import ServedEngines

MIND = "marvin"
"""The skills and the language model; as any other model: the one of its stage."""
_USUAL = {
    "stt": ("whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe"),
    "tts": ("tts-1", "tts-1-hd", "gpt-4o-mini-tts"),
    "llm": ("gpt-",),
}
"""Beginnings of names that programs use without asking, by stage."""


def check_model(config: Config, stage: str, name: object) -> None:
    """Raises ApiError unless the model of this `stage` has that name."""
    if not isinstance(name, str) or not name:
        raise ApiError(400, "model: name one of /v1/models", param="model")
    own = getattr(config, stage).title()
    if name not in (MIND, own) and not name.startswith(_USUAL[stage]):
        raise ApiError(
            404,
            f"there is no model of that name here: use {MIND!r}",
            code="model_not_found",
            param="model",
        )


def model_routes(served: ServedEngines) -> list[BaseRoute]:
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    created = int(time.time())
    config = served.config
    names = dict.fromkeys((MIND, config.llm.title(), config.stt.title(), config.tts.title()))
    # What answers with "none" is the mind alone.
    models = {
        name: {"id": name, "object": "model", "created": created, "owned_by": "marvin"}
        for name in names
        if name != "none"
    }

    async def all_models(request: Request) -> JSONResponse:
        return JSONResponse({"object": "list", "data": list(models.values())})

    async def one_model(request: Request) -> JSONResponse:
        if (model := models.get(request.path_params["name"])) is None:
            raise ApiError(404, "there is no model of that name here", code="model_not_found")
        return JSONResponse(model)

    return [Route("/v1/models", all_models), Route("/v1/models/{name:path}", one_model)]
