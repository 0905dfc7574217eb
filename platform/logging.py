"""JSON lines on standard error, each through the redactor, with tenant, run and request id."""

from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from audit.redaction import redact, scrub

# At DEBUG these print client secrets and access tokens.
TALKATIVE = ("requests_oauthlib", "oauthlib", "urllib3")
# These tell of each tick, thirty times a minute, what the rows tell better.
TICKING = (
    "celery.app.trace",
    "celery.beat",
    "celery.worker.strategy",
    "django_structlog.celery.receivers",
)


def redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask what is or looks like a secret in every field of a log line, the traceback included."""
    return redact(dict(event))


def _spelled(value: object) -> str:
    """Write what JSON has no form for, with the same mask over it."""
    return scrub(str(value))


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
        redact_event,
    ]


def logging_config(level: str) -> dict[str, Any]:
    """Return Django's LOGGING for one root level; structlog's own loggers end in the same lines."""
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    lines = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(default=_spelled),
        ],
        "foreign_pre_chain": _shared(),
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": lines},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            **{name: {"level": "WARNING"} for name in (*TALKATIVE, *TICKING)},
            "django.server": {"handlers": [], "propagate": True},
        },
    }
