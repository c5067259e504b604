"""One trace from the request to its last effect: the traceparent travels HTTP -> outbox row -> broker -> handler."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("holdfast")
_UNSAMPLED = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f][02468ace]")
"""A traceparent of which nothing is recorded: then it is only passed on, without spans that nobody would see."""


def configure(service: str, instance: str, exporter: str) -> None:
    """Install the tracer: `none` only passes the context on, `console` and `otlp` also record spans."""
    resource = Resource.create({"service.name": service, "service.instance.id": instance})
    if exporter == "none":
        trace.set_tracer_provider(TracerProvider(resource=resource, sampler=ParentBased(ALWAYS_OFF)))
        return
    provider = TracerProvider(resource=resource)
    if exporter == "console":
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
    else:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def shut_down() -> None:
    """Send what is still buffered."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


def current_traceparent() -> str | None:
    """The W3C traceparent of the current span, to be stored with the events; None without one."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def consumer_span(queue: str, event: str, message_id: str, traceparent: str | None) -> Iterator[Span]:
    """The span of handling one message, a child of the command that published it."""
    parent = _propagator.extract({"traceparent": traceparent} if traceparent else {})
    if traceparent and _UNSAMPLED.fullmatch(traceparent):
        token = context.attach(parent)
        try:
            yield trace.get_current_span()
        finally:
            context.detach(token)
        return
    attributes = {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": queue,
        "messaging.rabbitmq.destination.routing_key": event,
        "messaging.message.id": message_id,
    }
    name = f"process {queue}"
    with _tracer.start_as_current_span(name, context=parent, kind=SpanKind.CONSUMER, attributes=attributes) as span:
        yield span


@contextmanager
def publish_span(exchange: str, event: str, message_id: str, traceparent: str | None) -> Iterator[None]:
    """The span of one publish by the relay, a child of the command's span; a publish alone begins no trace."""
    if traceparent is None or _UNSAMPLED.fullmatch(traceparent):
        yield
        return
    parent = _propagator.extract({"traceparent": traceparent})
    attributes = {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": exchange,
        "messaging.rabbitmq.destination.routing_key": event,
        "messaging.message.id": message_id,
    }
    with _tracer.start_as_current_span(
        f"send {exchange}", context=parent, kind=SpanKind.PRODUCER, attributes=attributes
    ):
        yield


def failed(span: Span, reason: str) -> None:
    """Mark the span as failed without putting anything of the input into it."""
    span.set_status(Status(StatusCode.ERROR, reason))
