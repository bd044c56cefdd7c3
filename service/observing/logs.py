"""Structured logs: one line for each event on standard error, as JSON for programs or as text for a terminal."""

import logging
import sys
import traceback
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from service.api.tracing import trace_id
from service.observing.redacting import redacted
from service.observing.settings import Observing

MOST_FRAMES: Final = 30
# Libraries that tell more than an operator asked for.
_QUIET: Final = {"sqlalchemy": "WARNING", "werkzeug": "WARNING", "psycopg": "WARNING", "asyncio": "WARNING"}

Fault = tuple[type[BaseException], BaseException, TracebackType | None]


def start_logging(observing: Observing, stream: TextIO | None = None) -> None:
    """Let every logger of this process write structured lines, to standard error unless a stream is given."""
    where = stream or sys.stderr
    as_text = observing.form == "text" or (observing.form == "auto" and where.isatty())
    handler = logging.StreamHandler(where)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                _add_trace,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _tell_fault,
                _redact,
                _renderer(as_text=as_text),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(observing.level.upper())
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    logging.raiseExceptions = False  # A log that cannot be written stops nobody.


def _renderer(*, as_text: bool) -> Processor:
    if as_text:
        return structlog.processors.KeyValueRenderer(
            key_order=["time", "level", "event"], drop_missing=True, repr_native_str=False
        )
    return structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True, default=str)


def _add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    trace = trace_id()
    if trace:
        event["trace_id"] = trace
    return event


def _tell_fault(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """An exception as its type, its first line and the places it passed; no values of variables, no details."""
    fault: Fault | None = event.pop("exc_info", None) or None
    if fault:
        event["fault"] = [describe(each) for each in _chain(fault[1])]
    return event


def describe(error: BaseException) -> dict[str, Any]:
    """What may be told of an exception."""
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        # What a database adds in the lines below are the values of a row.
        "message": str(error).partition("\n")[0],
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found and len(found) < MOST_FRAMES:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: redacted(value) for name, value in event.items()}
