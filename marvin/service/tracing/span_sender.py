"""Sends turns to a collector from a thread of its own.

Whatever the collector does, a turn waits for nothing: what the queue has no room for is dropped,
and so is what the collector does not take. Each turn is one request.
"""

import logging
import os
import queue
from collections.abc import Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from marvin import __version__
from marvin.boundary.hanging import ended, start
from marvin.boundary.redaction import show_address
from marvin.service.tracing.turn_spans import Span

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Tracer

_LOGGER = logging.getLogger(__name__)

MOST_WAITING = 50
"""Turns."""


class SpanSender:
    def __init__(self, address: str, headers: "Mapping[str, str]", timeout_s: float) -> None:
        """`timeout_s`: for a turn, with all tries."""
        self._timeout_s = timeout_s
        self._address = address
        self._headers = headers
        self._queue: queue.Queue[Span | None] = queue.Queue(MOST_WAITING)
        self._thread: Future[None] | None = None
        self._exporter: Any = None
        self._closing = False
        self._answer = ""
        """The collector's latest, for the log; empty: none."""
        self.dropped = 0
        """Turns, since the start."""
        self._told = False
        """Whether the log says that turns are dropped."""

    def begin(self) -> None:
        self._thread = start("marvin-traces", self._run)
        self._thread.add_done_callback(_log_failure)

    def send(self, turn: Span) -> None:
        """Returns at once. Called on the event loop."""
        try:
            self._queue.put_nowait(turn)
        except queue.Full:
            self._drop("it is too slow")

    async def close(self, limit_s: float) -> None:
        """Send what waits, within the limit."""
        if self._thread is None:
            return
        full = False
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            full = self._closing = True
        if not await ended(self._thread, limit_s):
            self._closing = True
            # The end of the queue counts as the turn that is being sent.
            self._drop("Marvin ended first", self._queue.qsize() + full)
            if self._exporter is not None:
                self._exporter.shutdown()  # It tries no more.

    def _run(self) -> None:
        # The library is slow to import, and needed only now that a turn is over.
        turn = self._queue.get()
        if turn is None:
            return
        tracer, self._exporter = _tracer(), self._open()
        while turn is not None:
            self._export(list(_ended_spans(tracer, turn)))
            turn = None if self._closing else self._queue.get()
        self._exporter.shutdown()

    def _export(self, spans: "list[ReadableSpan]") -> None:
        from opentelemetry.sdk.trace.export import SpanExportResult

        self._answer = ""
        # Without any, the user's OTEL_TRACES_SAMPLER has left the turn out.
        if not spans or self._exporter.export(spans) is SpanExportResult.SUCCESS:
            if self._told:
                _LOGGER.info("traces arrive again; %d turns were dropped", self.dropped)
            self._told = False
        else:
            self._drop(self._answer or "no answer")

    def _drop(self, reason: str, turns: int = 1) -> None:
        self.dropped += turns
        if not self._told:
            self._told = True
            address = show_address(self._address)
            _LOGGER.warning(
                "no traces arrive at %s (%s): turns are dropped until they do", address, reason
            )

    def _open(self) -> Any:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        # What it would say for each turn is said once, here.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        return OTLPSpanExporter(
            endpoint=self._address,
            headers=self._headers,
            timeout=self._timeout_s,
            session=self._session(),
        )

    def _session(self) -> "requests.Session":
        import requests

        session = requests.Session()
        # Proxies cannot reach servers on this machine.
        session.trust_env = not _loopback(self._address)
        # Bodies of answers are never read, whatever their length.
        session.stream = True

        def answered(response: requests.Response, **_: object) -> None:
            kind = response.headers.get("Content-Type", "")
            page = response.status_code < 300 and kind.startswith("text/html")
            self._answer = f"HTTP {response.status_code}{', a web page' if page else ''}"
            response.close()
            if response.is_redirect or page:
                # The exporter would take it for a success.
                raise requests.TooManyRedirects

        session.hooks["response"].append(answered)
        return session


def _log_failure(thread: "Future[None]") -> None:
    if (error := thread.exception()) is not None:
        _LOGGER.error("turns are not sent as traces any more", exc_info=error)


def _loopback(address: str) -> bool:
    return urlsplit(address).hostname in ("localhost", "127.0.0.1", "::1")


def _tracer() -> "Tracer":
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    # More attributes come from the user's OTEL_RESOURCE_ATTRIBUTES.
    name = os.environ.get("OTEL_SERVICE_NAME") or "marvin"
    resource = Resource.create({"service.name": name, "service.version": __version__})
    return TracerProvider(resource=resource, shutdown_on_exit=False).get_tracer("marvin")


def _ended_spans(
    tracer: "Tracer", span: Span, parent: "Context | None" = None
) -> "Iterator[ReadableSpan]":
    """A span and all below it, as OpenTelemetry's."""
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Status, StatusCode, set_span_in_context

    opened = tracer.start_span(
        span.name,
        parent or Context(),
        attributes={**span.attributes},
        start_time=span.start_ns,
    )
    if span.error:
        opened.set_attribute("error.type", span.error)
        opened.set_status(Status(StatusCode.ERROR))
    for child in span.children:
        yield from _ended_spans(tracer, child, set_span_in_context(opened))
    opened.end(span.end_ns)
    if isinstance(opened, ReadableSpan):
        yield opened
