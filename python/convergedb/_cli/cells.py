"""Values as the texts of a CSV file, and back."""

from __future__ import annotations

import math
import re

from .. import Value

INT = re.compile(r"-?[1-9][0-9]{0,18}|0")
FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)")
WORDS = {"": None, "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def value_of(text: str) -> Value:
    """The value that a text stands for. What would not come out as the same number, such as 007, -0 or 20 digits, stays text."""
    if text in WORDS:
        return WORDS[text]
    if INT.fullmatch(text):
        number = int(text)
        return number if -(2**63) <= number < 2**63 else text
    if FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text


def text_of(value: Value) -> str:
    """A value as an import reads it back; bytes as hexadecimal digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.hex() if isinstance(value, bytes) else str(value)
