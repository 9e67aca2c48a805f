"""Prompts are files with a version; what people and traces wrote goes in as quoted data, never as instructions."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from evaldash.llm.wire import Message


@dataclass(frozen=True, slots=True)
class Prompt:
    """The instructions of one version; `id` is what a run keeps ("suggest_modes.v1")."""

    id: str
    text: str


def load_prompt(name: str, *, version: int) -> Prompt:
    """Return the prompt in `prompts/NAME.vVERSION.md`."""
    prompt_id = f"{name}.v{version}"
    text = resources.files("evaldash.llm").joinpath("prompts", f"{prompt_id}.md").read_text(encoding="utf-8")
    return Prompt(id=prompt_id, text=text)


def messages_with_data(prompt: Prompt, data: Mapping[str, object]) -> list[Message]:
    """Return the messages that ask `prompt` about `data`.

    The data stand as JSON between two lines that carry a random number drawn for this request, so nothing inside can
    close them; angle brackets are escaped, so nothing inside looks like a delimiter or a control token of a model.
    """
    fence = f"DATA-{secrets.token_hex(16)}"
    return [
        {"role": "system", "content": prompt.text.replace("{{FENCE}}", fence)},
        {"role": "user", "content": f"<{fence}>\n{quoted_json(data)}\n</{fence}>"},
    ]


def quoted_json(data: Mapping[str, object]) -> str:
    """Return `data` as JSON without raw angle brackets or line ends, safe to send as UTF-8."""
    text = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
    for character in "<>\u2028\u2029\x85":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
