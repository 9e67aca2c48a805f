"""Writes what OpenTelemetry's own instrumentation of OpenAI exported before: an event for each message.

Usage: python otel_openai_events.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from otel_openai_v2 import EVENTS, main

if __name__ == "__main__":
    main(Path(sys.argv[1]), EVENTS)
