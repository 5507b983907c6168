"""A real uvicorn on loopback, engines that are fakes, and OpenAI's own client."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import openai

from marvin.config.llm import ConversationTable
from marvin.config.tables import Config
from marvin.engines.engine_set import EngineSet
from marvin.engines.workers.worker import Worker
from marvin.mind.memory import Memory
from marvin.protocols import LanguageModel, Skills, Synthesizer, Transcriber
from marvin.service.assembly import mind_of
from marvin.service.http.access import AccessRules
from marvin.service.http.application import create_application
from marvin.service.http.uvicorn_server import run_application
from marvin.service.served_engines import ServedEngines
from tests.fakes import FakeLanguageModel, FakeSkills, FakeSynthesizer, FakeTranscriber

KEY = "a-key-for-the-tests-alone"


class Web:
    """A server, and what it was started with."""

    def __init__(self, port: int, served: ServedEngines, key: str | None) -> None:
        self.port = port
        self.served = served
        self.url = f"http://127.0.0.1:{port}"
        self._key = key

    @asynccontextmanager
    async def client(self, key: str = "") -> AsyncIterator[openai.AsyncOpenAI]:
        """With the server's own key, unless another is given."""
        async with openai.AsyncOpenAI(
            api_key=key or self._key or "any",
            base_url=f"{self.url}/v1",
            timeout=120,
            max_retries=0,
        ) as client:
            yield client


@asynccontextmanager
async def serving(
    *,
    transcriber: Transcriber | None = None,
    synthesizer: Synthesizer | None = None,
    skills: Skills | None = None,
    language_model: LanguageModel | None = None,
    config: Config | None = None,
    rules: AccessRules | None = None,
) -> AsyncIterator[Web]:
    config = config or Config()
    engines = EngineSet(config)
    engines.transcriber = Worker("marvin-stt", lambda _: transcriber or FakeTranscriber())
    engines.synthesizer = Worker("marvin-tts", lambda _: synthesizer or FakeSynthesizer())
    engines.skills = Worker("marvin-skills", lambda _: skills or FakeSkills())
    engines.language_model = language_model or FakeLanguageModel("Hello yourself.")
    served = ServedEngines(
        config, engines, mind_of(engines, config), partial(Memory, ConversationTable())
    )
    rules = rules or AccessRules(rate=1e6)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with engines.running():
            running = asyncio.create_task(
                run_application(create_application(served, rules), listening)
            )
            try:
                yield Web(listening.getsockname()[1], served, rules.key)
            finally:
                running.cancel()
                await asyncio.wait([running])
