"""The web application: what is served at which path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from marvin.errors import MarvinError
from marvin.service.http.access import Access, AccessRules
from marvin.service.http.api_error import ApiError, answer_error
from marvin.service.http.chat_endpoint import chat_routes
from marvin.service.http.models_endpoint import model_routes
from marvin.service.http.realtime_endpoint import realtime_routes
from marvin.service.http.speech_endpoint import speech_routes
from marvin.service.http.transcription_endpoint import TRANSCRIPTIONS, transcription_routes
from marvin.service.prometheus import CONTENT_TYPE, exposition

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.routing import BaseRoute

    from marvin.service.served_engines import ServedEngines

_HEALTH = "/health"
_LONGEST_UPLOAD = 100 * 1024 * 1024


def create_application(
    served: ServedEngines,
    rules: AccessRules,
    *,
    routes: Collection[BaseRoute] = (),
    public: Collection[str] = (),
) -> Starlette:
    """OpenAI's API, `/health`, `/metrics` and more `routes`. A `public` path needs no key."""
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.middleware import Middleware

    bodies = {TRANSCRIPTIONS: _LONGEST_UPLOAD}
    rules = replace(rules, public=frozenset((_HEALTH, *public)), bodies=bodies)
    answered: Counter[tuple[str, int]] = Counter()
    errors = (ApiError, MarvinError, HTTPException)
    return Starlette(
        routes=[*_api(served), _metrics(served, answered), *routes],
        middleware=[Middleware(Access, rules=rules, answered=answered)],
        exception_handlers=dict.fromkeys(errors, answer_error),
    )


def _api(served: ServedEngines) -> list[BaseRoute]:
    return [
        _health(),
        *model_routes(served),
        *transcription_routes(served),
        *speech_routes(served),
        *chat_routes(served),
        *realtime_routes(served),
    ]


def _health() -> BaseRoute:
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def health(request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    return Route(_HEALTH, health)


def _metrics(served: ServedEngines, answered: Mapping[tuple[str, int], int]) -> BaseRoute:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    async def metrics(request: Request) -> Response:
        text = exposition(served.metrics, served.engines, answered)
        return Response(text, media_type=CONTENT_TYPE)

    return Route("/metrics", metrics)
