"""Commands about the app and its store: serve, demo, db, doctor."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from evaldash.cli import common
from evaldash.cli.common import AsJson, Db
from evaldash.config import settings


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the app."""
    app.command("serve")(serve)
    app.command("demo")(demo)
    app.command("doctor")(doctor)
    db = typer.Typer(help="The store: upgrade, check, backup, restore.", no_args_is_help=True)
    db.command("upgrade")(db_upgrade)
    db.command("check")(db_check)
    db.command("backup")(db_backup)
    db.command("restore")(db_restore)
    app.add_typer(db, name="db")


def serve(
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="Else STREAMLIT_SERVER_PORT, else 8501.")
    ] = None,
    db: Db = None,
) -> None:
    """Open the app; it listens on this machine alone."""
    from evaldash.errors import InvalidInput

    script = Path(__file__).parents[2] / "app.py"
    if not script.is_file():
        raise InvalidInput(
            f"app.py is not beside the package ({script.parent}); run this from a checkout of the project"
        )
    common.open_store(db).close()
    command = [sys.executable, "-m", "evaldash.ui.server", str(script)]
    if port is not None:
        command += ["--server.port", str(port)]
    environment = {**os.environ, "EVALDASH_DATABASE_URL": _absolute(db or settings().database_url)}
    os.chdir(script.parent)  # where Streamlit finds .streamlit/config.toml
    os.execve(sys.executable, command, environment)  # noqa: S606  # one process: a signal ends the app itself


def demo(
    reset: Annotated[bool, typer.Option("--reset", help="Restore the demo as it came.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Really throw away what was changed in the demo.")] = False,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Add what is missing of the project demo."""
    from evaldash.errors import InvalidInput
    from evaldash.services.demo import load_demo

    if reset and not yes:
        raise InvalidInput("--reset throws away what was changed in the project demo; add --yes to do it")
    report = load_demo(common.open_store(db), reset=reset)
    words = f"project demo: {report['traces_new']} traces new, {report['traces_duplicate']} already there"
    common.show(as_json, report, words)


def doctor(db: Db = None, as_json: AsJson = False) -> None:
    """Say what is here, what is missing, and how to get it."""
    from evaldash.services.doctor import examine

    findings = examine(db or settings().database_url)
    rows = [(("ok" if item.ok else "missing"), item.name, item.found, item.remedy) for item in findings]
    document = {
        "ok": all(item.ok or item.optional for item in findings),
        "findings": [
            {"name": item.name, "ok": item.ok, "optional": item.optional, "found": item.found, "remedy": item.remedy}
            for item in findings
        ],
    }
    common.show(as_json, document, common.table(rows, ["", "what", "found", "what to do"]))
    if not document["ok"]:
        raise typer.Exit(1)


def db_upgrade(db: Db = None, as_json: AsJson = False) -> None:
    """Bring the store to the newest schema; an SQLite store is copied first."""
    store = common.open_store(db)
    common.show(as_json, {"ok": True, "store": store.url}, f"{store.url} is up to date")


def db_check(db: Db = None, as_json: AsJson = False) -> None:
    """Look for damage in the store."""
    from evaldash.storage.store import check

    problems = check(common.open_store(db))
    common.show(as_json, {"ok": not problems, "problems": problems}, "\n".join(problems) or "all is well")
    if problems:
        raise typer.Exit(1)


def db_backup(file: Annotated[Path, typer.Argument(metavar="FILE")], db: Db = None, as_json: AsJson = False) -> None:
    """Write a copy of an SQLite store, also while others work on it."""
    from evaldash.storage.store import backup

    backup(common.open_store(db), file)
    common.show(as_json, {"ok": True, "file": str(file), "bytes": file.stat().st_size}, f"backup written to {file}")


def db_restore(file: Annotated[Path, typer.Argument(metavar="FILE")], db: Db = None, as_json: AsJson = False) -> None:
    """Put a backup in place of the store; the old store is set aside, not deleted."""
    from evaldash.storage.store import restore

    kept = restore(file, db or settings().database_url)
    words = "the backup is in place" + (f"; the old store is {kept}" if kept else "")
    common.show(as_json, {"ok": True, "kept": str(kept) if kept else None}, words)


def _absolute(url: str) -> str:
    """Return the address with an SQLite path that holds from every directory."""
    prefix = "sqlite:///"
    return prefix + str(Path(url.removeprefix(prefix)).resolve()) if url.startswith(prefix) else url
