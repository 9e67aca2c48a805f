"""Find a Chromium for the browser tests, or fetch one, and print its path.

In this order: EVALDASH_CHROMIUM, a Chromium or Chrome on the machine, Playwright's own download, then (as root, or with
sudo that asks for no password) Debian's package. What is already there is never fetched again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOAD_SECONDS = 900  # a slow line needs its time


def find_browser() -> str | None:
    """The path of a Chromium that is already here, or None."""
    named = os.environ.get("EVALDASH_CHROMIUM")
    if named:
        return named
    on_path = (shutil.which(name) for name in NAMES)
    return next((path for path in on_path if path), None) or _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if path and Path(path).exists() else None


def fetch_browser() -> str | None:
    """Try Playwright's download, then Debian's package; the path, or None if neither worked."""
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    attempts += [
        [*_as_root(), "apt-get", *words] for words in (["update", "-qq"], ["install", "-y", "-qq", "chromium"])
    ]
    for command in attempts:
        print(f"browser: {' '.join(command)}", file=sys.stderr)
        _run(command)
        found = find_browser()
        if found:
            return found
    return None


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, stdout=sys.stderr, timeout=DOWNLOAD_SECONDS, check=False)  # noqa: S603
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        print(f"browser: {error}", file=sys.stderr)


def main() -> int:
    """Print the path; 1 if there is no browser and none could be fetched."""
    path = find_browser() or fetch_browser()
    if path is None:
        print(
            "browser: no Chromium here and none could be fetched; install one, or name it in EVALDASH_CHROMIUM",
            file=sys.stderr,
        )
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
