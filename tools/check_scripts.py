"""Lint the scripts of the app's components: oxlint over each module as a browser gets it, and no way around text nodes.

The files of a component are joined into one module, so a name of one file may be used in another; only the whole can be
checked. Prints what is wrong and ends with 1 if anything is.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Text of traces must enter a page as text: these would read it as markup or run it.
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|new Function|createContextualFragment|srcdoc"
)

TOP_LEVEL = re.compile(r"^(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)


def modules() -> Iterator[tuple[str, str]]:
    """Yield each component's name and script; a package `assets` of evaldash.ui that has FILES has components."""
    from evaldash.ui.assets import joined

    for path in sorted((ROOT / "evaldash" / "ui").glob("*/assets/__init__.py")):
        package = importlib.import_module(".".join(path.parent.relative_to(ROOT).parts))
        for name, files in getattr(package, "FILES", {}).items():
            yield name, joined(path.parent, files)


def markup(name: str, script: str) -> list[str]:
    """Return the lines of a script by which text could become markup."""
    lines = (line.strip()[:120] for line in script.splitlines() if MARKUP.search(line))
    return [f"{name}: {line}: text becomes markup by this; use text nodes" for line in lines]


def linted(scripts: Mapping[str, str]) -> list[str]:
    """Return what oxlint says of the scripts."""
    with tempfile.TemporaryDirectory() as folder:
        for name, script in scripts.items():
            # A file that components share may hold more than each of them uses.
            used = f"\nvoid [{', '.join(TOP_LEVEL.findall(script))}];\n"
            Path(folder, f"{name}.mjs").write_text(script + used, encoding="utf-8")
        oxlint = Path(sys.executable).with_name("oxlint")
        command = [str(oxlint), "--config", str(ROOT / ".oxlintrc.json"), "--format", "unix", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (ours)
    said = (done.stdout + done.stderr).replace(f"{folder}/", "").strip()
    return said.splitlines() if done.returncode else []


def main() -> int:
    """Check all components."""
    sys.path.insert(0, str(ROOT))
    scripts = dict(modules())
    wrong = [line for name, script in scripts.items() for line in markup(name, script)] + linted(scripts)
    print("\n".join(wrong) if wrong else f"{len(scripts)} scripts: nothing to complain about")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
