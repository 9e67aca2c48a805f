"""Projects: which there are, which one is meant, making and deleting them."""

from __future__ import annotations

from evaldash.config import DEMO_PROJECT
from evaldash.domain.stored import Project, ProjectSummary
from evaldash.errors import Conflict, InvalidInput, NotFound
from evaldash.storage import projects
from evaldash.storage.store import Store

MAX_NAME = 200  # characters
MAX_CODER = 200  # characters of the name of a person
MAX_VERSION = 200  # characters of a version of the product


def list_projects(store: Store) -> list[ProjectSummary]:
    """Return all projects with their counts, oldest first."""
    with store.read() as connection:
        return projects.summaries(connection)


def project_names(store: Store) -> list[str]:
    """Return the names of all projects, oldest first."""
    with store.read() as connection:
        return [project.name for project in projects.all_projects(connection)]


def choose_project(store: Store, name: str | None) -> Project:
    """Return the project called `name`, else the only one there is besides the demo.

    Raises NotFound when there is none of that name or none at all, InvalidInput when several could be meant.
    """
    with store.read() as connection:
        there = projects.all_projects(connection)
    if name is not None:
        return _named(there, name)
    candidates = [project for project in there if project.name != DEMO_PROJECT]
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise NotFound("there is no project yet; `evaldash import PATH` makes one, or name the demo: --project demo")
    names = ", ".join(project.name for project in candidates)
    raise InvalidInput(f"several projects are there ({names}); say which with --project NAME or EVALDASH_PROJECT")


def find_project(store: Store, name: str) -> Project | None:
    """Return the project of that name with its present revision, None if there is none."""
    with store.read() as connection:
        return projects.find(connection, name)


def ensure_project(store: Store, name: str, *, who: str | None = None) -> Project:
    """Return the project called `name`, made now if it was not there."""
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > MAX_NAME:
        raise InvalidInput(f"a project name has 1 to {MAX_NAME} characters, got {len(cleaned)}")
    with store.write() as connection:
        found = projects.find(connection, cleaned)
        if found is None:
            found = projects.create(connection, cleaned)
            projects.record(connection, found, who=who, what="made the project")
    return found


def delete_project(store: Store, name: str) -> None:
    """Delete a project with its traces, annotations and taxonomy."""
    with store.write() as connection:
        found = projects.find(connection, name)
        if found is None:
            raise NotFound(f"there is no project {name!r}; `evaldash project list` shows those there are")
        projects.delete(connection, found)


def require_coder(coder: str | None) -> str:
    """Return the name of the person who codes; Conflict if nobody said who that is, InvalidInput if it is too long."""
    if coder is None or not coder.strip():
        raise Conflict("who is coding is not known; say so with --coder NAME or EVALDASH_CODER")
    return checked_coder(coder)


def checked_coder(coder: str) -> str:
    """Return the name of a person with single spaces; InvalidInput if it is too long."""
    name = " ".join(coder.split())
    if len(name) > MAX_CODER:
        raise InvalidInput(f"the name of a coder has at most {MAX_CODER} characters, got {len(name)}; shorten it")
    return name


def checked_version(version: str) -> str:
    """Return a version of the product with single spaces; InvalidInput if it is empty or too long."""
    cleaned = " ".join(version.split())
    if not 1 <= len(cleaned) <= MAX_VERSION:
        raise InvalidInput(f"a version has 1 to {MAX_VERSION} characters, got {len(cleaned)} in {version[:40]!r}")
    return cleaned


def _named(there: list[Project], name: str) -> Project:
    for project in there:
        if project.name == name:
            return project
    names = ", ".join(project.name for project in there) or "none"
    raise NotFound(f"there is no project {name!r}; there are: {names}")
