"""JSON whose numbers keep their digits: for bodies as received, or as they would be sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

from connectors.exactjson import ExactEncoder


class _Encoder(ExactEncoder):
    def default(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return super().default(value)
        return JSONEncoder().default(value)


class ExactJson(JSONRenderer):
    """Writes a Decimal as a number with its own digits; elsewhere the API writes text."""

    encoder_class = _Encoder
