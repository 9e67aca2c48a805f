"""A trace as one HTML file to send: no script, no request to anywhere, the look of the app in light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from evaldash.transcript.images import DATA
from evaldash.transcript.nodes import DIRECTED, TAGS, Node
from evaldash.transcript.payload import WHOLE, Readable, trace_payload, whole_step

MAX_PAGE = 40_000_000  # characters of steps in a file; the steps beyond are named
VOID = frozenset({"br", "hr"})
# Nothing may be loaded and nothing run; styles and images stand in the file itself.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def styles() -> str:
    """Return the style sheet of a transcript, the same in the app and in a file."""
    return (Path(__file__).parent / "transcript.css").read_text(encoding="utf-8")


def html_page(trace: Readable) -> str:
    """Return a whole trace as an HTML document."""
    payload = trace_payload(trace, budget=0)
    title = escape(f"Trace {payload['name']}")
    page_styles = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{page_styles}
{styles()}
</style>
</head>
<body>
<main>
<header><h1>{title}</h1>{_about(payload)}</header>
<div class="transcript" data-testid="transcript" data-trace="{escape(payload["id"])}">
<div class="steps">
{_steps(trace)}
</div>
{_fields(payload)}
</div>
</main>
</body>
</html>
"""


def html_of(nodes: Sequence[Node]) -> str:
    """Return nodes as HTML: elements of the allow-list, text escaped."""
    return "".join(_html(node) for node in nodes)


def _html(node: Node) -> str:
    if isinstance(node, str):
        return escape(node)
    tag, children, *extra = node
    if tag == "json":
        return f'<div class="json">{_json(children, 0)}</div>'
    if tag == "clip":
        return (
            f'<div class="clip"><div class="clipped">{html_of(children)}</div>'
            f'<label class="more"><input type="checkbox"><span> show all {escape(extra[0])}</span>'
            "<span> show less</span></label></div>"
        )
    if tag == "img":
        return f'<img alt="Image from the record" src="{extra[0]}">' if DATA.fullmatch(extra[0]) else ""
    if tag in VOID:
        return f"<{tag}>"
    name = tag if tag in TAGS else "span"
    attribute = "value" if tag == "li" else "class"
    told = f' {attribute}="{escape(extra[0])}"' if extra else ""
    direction = ' dir="auto"' if name in DIRECTED else ""
    return f"<{name}{told}{direction}>{html_of(children)}</{name}>"


def _json(tree: Any, level: int) -> str:
    if isinstance(tree, str):
        return _json_text(tree)
    kind, content = tree
    if kind in ("n", "m"):
        return f'<span class="{"hl-n" if kind == "n" else "hint"}">{escape(content)}</span>'
    pairs = list(zip(content[::2], content[1::2], strict=True)) if kind == "o" else list(enumerate(content, start=1))
    if not pairs:
        return "{}" if kind == "o" else "[]"
    rows = "".join(
        f'<div class="pair"><span class="key">{escape(str(name))}: </span>{_json(value, level + 1)}</div>'
        for name, value in pairs
    )
    noun = ("field" if kind == "o" else "item") + ("" if len(pairs) == 1 else "s")
    opened = " open" if level < 2 and len(pairs) <= 40 else ""
    return f'<details class="fold"{opened}><summary>{len(pairs):,} {noun}</summary>{rows}</details>'


def _json_text(text: str) -> str:
    if DATA.fullmatch(text):
        return f'<img alt="Image from the record" src="{text}">'
    return f'<span class="{"hl-s lines" if chr(10) in text else "hl-s"}">{escape(text)}</span>'


def _about(payload: dict[str, Any]) -> str:
    told = [
        f'<span><span class="name">{escape(name)}</span> {escape(value)}</span>'
        for name, value in payload["about"].items()
    ]
    told += [f"<span>{escape(payload['facts'])}</span>"] if payload["facts"] else []
    told += [f'<span class="feedback">{escape(said)}</span>' for said in payload["feedback"]]
    return f'<div class="about">{" ".join(told)}</div>'


def _steps(trace: Readable) -> str:
    """Return all steps in full, those beyond MAX_PAGE only named."""
    left, found = MAX_PAGE, []
    for index in range(1, len(trace.steps) + 1):
        if left <= 0:
            found.append(f'<p class="hint">{len(trace.steps) - index + 1:,} more steps: see `evaldash show`.</p>')
            break
        step = whole_step(trace, index)
        assert step is not None
        html = _step(step)
        left -= len(html)
        found.append(html)
    return "\n".join(found)


def _step(step: dict[str, Any]) -> str:
    classes = (
        f"step {step['kind']} {step['role']}{' line' if step['inner'] else ''}{' failed' if step['failed'] else ''}"
    )
    cut = f'<div class="hint">The first {WHOLE:,} characters of this step.</div>' if step["cut"] else ""
    depth = f' data-depth="{step["depth"]}"' if step["depth"] else ""
    number = f'<div class="margin"><a class="number" href="#s{step["i"]}">{step["i"]}</a></div>'
    return (
        f'<article class="{classes}" id="s{step["i"]}" data-step="{step["i"]}" data-kind="{step["kind"]}" '
        f'data-role="{step["role"]}"{depth}>{number}<div class="body">{html_of(step["body"])}{cut}</div></article>'
    )


def _fields(payload: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td><pre>{escape(value)}</pre></td></tr>" for name, value in payload["fields"]
    )
    return (
        f'<details class="about-trace"><summary>All fields ({len(payload["fields"])})</summary>'
        f"<table><tbody>{rows}</tbody></table></details>"
    )
