"""Turns as OpenTelemetry traces, if that is configured."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.util import find_spec

from marvin.backends.remote.account import read_secret
from marvin.config.tables import Config
from marvin.config.trace import TraceConfig, header_of
from marvin.errors import ConfigError
from marvin.events import Event
from marvin.service.served_engines import Report
from marvin.service.tracing.span_sender import SpanSender
from marvin.service.tracing.turn_recorder import TurnRecorder

CLOSE_S, _RECORDING_S = 5.0, 60.0
"""For sending the last turns, when Marvin is ended, and when a recording is over."""


class Traces:
    """Of all sessions of this process."""

    def __init__(self, config: Config) -> None:
        """Raises ConfigError."""
        self._config = config
        self._sender: SpanSender | None = None
        if (address := config.trace.traces_address) is not None:
            if not _installed():
                raise ConfigError(
                    "trace.endpoint needs OpenTelemetry, which is missing: "
                    "`pip install 'marvin-voice[trace]'`"
                )
            self._sender = SpanSender(address, _headers(config.trace), config.trace.timeout_s)

    def following(self, report: Report) -> Report:
        """`report` for the events of one session, whose turns are sent from now on."""
        if self._sender is None:
            return report
        recorder = TurnRecorder(self._config, self._sender.send)

        def report_and_note(event: Event) -> None:
            report(event)
            recorder.note(event)

        return report_and_note

    @asynccontextmanager
    async def sending(self, *, live: bool = True) -> AsyncGenerator[None]:
        """`live`: when it is over, somebody waits for Marvin to end."""
        if self._sender is None:
            yield
            return
        self._sender.begin()
        try:
            yield
        finally:
            await self._sender.close(CLOSE_S if live else _RECORDING_S)


def _installed() -> bool:
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False


def _headers(table: TraceConfig) -> dict[str, str]:
    """Raises ConfigError."""
    headers = dict(map(header_of, table.headers))
    if table.headers_env is None:
        return headers
    hint = "put `name=value` into it, or remove this line"
    text = read_secret(table.headers_env, "trace.headers_env", "header", hint)
    try:
        return headers | dict(map(header_of, text.split(",")))
    except ValueError:
        # Without the text, which is secret.
        raise ConfigError(
            f"trace.headers_env: {table.headers_env} should hold `name=value`, several separated "
            "by commas"
        ) from None
