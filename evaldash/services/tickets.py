"""A failure mode as a ticket: what goes wrong, how often, and examples that one can open."""

from __future__ import annotations

from urllib.parse import urlencode

from evaldash.domain.stored import Project
from evaldash.services.browse import heads_of
from evaldash.services.coded import load_coded
from evaldash.services.rates import table_of
from evaldash.services.taxonomy import mode_named, view
from evaldash.services.wording import count_of, rate_words
from evaldash.storage.store import Store

EXAMPLES = 3
FENCE = "`"


def ticket(store: Store, project: Project, mode: str, *, address: str = "") -> str:
    """Return a mode (id or name) as Markdown for an issue tracker; `address` is where the app is, for its links.

    Notes and queries are quoted as code, so that nothing in them is read as markup, a mention or a link.
    """
    now = view(store, project)
    found = mode_named(now.taxonomy, mode)
    coded = load_coded(store, project, now.taxonomy.version)
    rate = next(item for item in table_of(coded).rates if item.mode == found.id)
    examples = list({code.trace: code for code in now.by_mode[found.id]}.values())[:EXAMPLES]
    queries = {head.id: head.query for head in heads_of(store, project, [code.trace for code in examples])}
    lines = [f"# {_plain(found.name)}", "", _plain(found.definition) or "(no definition yet)"]
    if found.applies_when or found.not_when:
        lines += ["", f"Applies when: {_plain(found.applies_when)}", f"Not when: {_plain(found.not_when)}"]
    lines += ["", f"How often: {rate_words(rate.rate, level=True)}; seen in {count_of(rate.count, 'read trace')}."]
    lines += [" ".join(rate.caveats)] if rate.caveats else []
    lines += ["", "## Examples"]
    for code in examples:
        link = f"{address}/code?{urlencode({'project': project.name, 'trace': code.trace})}"
        step = f", step {code.step}" if code.step else ""
        lines += ["", f"- {_quoted(queries.get(code.trace, ''))}", f"  {_quoted(code.text)}{step}", f"  {link}"]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    flat = " ".join(text.split())[:300].replace(FENCE, "'")
    return f"{FENCE}{flat}{FENCE}"


def _plain(text: str) -> str:
    """Names and definitions are people's words: on one line, without what Markdown or a tracker would act on."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|@!" else c for c in " ".join(text.split()))
