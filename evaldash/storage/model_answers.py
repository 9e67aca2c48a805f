"""Answers of models by what was asked, so that the same question to the same model is paid for once."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, select

from evaldash.storage.bulk import add_missing
from evaldash.storage.schema import model_answers
from evaldash.storage.text import storable


def find(connection: Connection, key: str) -> str | None:
    """Return the answer that was kept under a key."""
    return connection.execute(select(model_answers.c.answer).where(model_answers.c.key == key)).scalar_one_or_none()


def add(connection: Connection, key: str, answer: str) -> None:
    """Keep an answer; what is there already stays."""
    add_missing(connection, model_answers, [{"key": key, "answer": storable(answer), "at": datetime.now(UTC)}])
