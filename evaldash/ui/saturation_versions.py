"""What changed between versions of the product, in words, with the interval beside them."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.services.cycles import Comparison, ModeChange
from evaldash.services.fixes import FixEffect, FixKind, prevented, record_fix
from evaldash.services.projects import require_coder
from evaldash.services.wording import comparison_caveats, count_of
from evaldash.storage.store import Store
from evaldash.ui.cached import get_comparison, get_cycles, get_fixes, get_taxonomy
from evaldash.ui.context import escape, remember, show_error


def show_versions(store: Store, project: Project, *, who: str | None) -> None:
    """Show the versions there are, and two of them against each other."""
    found = get_cycles(store, project)
    read = [item.cycle for item in found if item.read]
    if len(read) >= 2:
        _compare(store, project, read)
    else:
        st.write(
            "Two versions with read traces make a comparison. A cycle is a version of the product and the traces read "
            "for it; give versions with the import, or on the page Import afterwards."
        )
    with st.expander("All versions", expanded=len(read) < 2):
        st.dataframe(
            [{"version": item.cycle, "traces": item.traces, "read": item.read} for item in found],
            hide_index=True, width="stretch",
        )  # fmt: skip
    _fixes(store, project, who)


def _fixes(store: Store, project: Project, who: str | None) -> None:
    """Show what was changed and what that did, and take in what was changed now."""
    found = get_fixes(store, project)
    st.subheader("Fixes and what they did")
    changes = [item for item in found if item.fix.kind == FixKind.CHANGE]
    if changes:
        st.dataframe([_fix_row(item) for item in changes], hide_index=True, width="stretch")
        for line in dict.fromkeys(line for item in changes for line in item.caveats):
            st.caption(escape(line))
    else:
        st.caption("None yet. Record what was changed because of a failure mode: the next readings show what it did.")
    bugs = prevented(found)
    if bugs:
        st.subheader(f"{count_of(len(bugs), 'production issue')} prevented")
        st.dataframe([_fix_row(item) for item in bugs], hide_index=True, width="stretch")
    modes = {mode.id: mode.name for mode in get_taxonomy(store, project).taxonomy.modes}
    if not modes:
        return
    # Each fix that is recorded begins a new form; one that is refused keeps what was typed.
    with st.popover("Record a fix", icon=":material/build:"), st.form(f"fix-{project.key}-{len(found)}", border=False):
        mode = st.selectbox("Failure mode", list(modes), format_func=modes.__getitem__)
        what = st.text_area("What was changed", placeholder="The tool now answers in local time")
        versions = [item.cycle for item in get_cycles(store, project) if item.version]
        version = st.selectbox("First in which version", [None, *versions], format_func=_version_words)
        bug = st.checkbox("Just a bug, and repaired", help="It joins the list of prevented production issues.")
        if st.form_submit_button("Record"):
            kind = FixKind.BUG if bug else FixKind.CHANGE
            _record(store, project, mode=mode, what=what, kind=kind, version=version, who=who)


def _version_words(version: str | None) -> str:
    return "not known: compare by time" if version is None else version


def _record(
    store: Store, project: Project, *, mode: str, what: str, kind: FixKind, version: str | None, who: str | None
) -> None:
    try:
        record_fix(store, project, mode, what, who=require_coder(who), kind=kind, version=version)
    except EvaldashError as error:
        show_error(error)
        return
    st.rerun()


def _fix_row(item: FixEffect) -> dict[str, object]:
    return {
        "when": f"{item.fix.at:%d %b %Y}",
        "failure mode": item.name,
        "what was changed": item.fix.what,
        "in version": item.fix.version,
        "since then": item.effect.verdict if item.effect else "nothing read on one side of it yet",
        "by": item.fix.by,
    }


def _compare(store: Store, project: Project, read: list[str]) -> None:
    left, right, _ = st.columns([1, 1, 2])
    chosen = _asked(read)
    _begin_with("versions-after", read[chosen], read)
    _begin_with("versions-before", read[chosen - 1] if chosen else read[1], read)
    before = left.selectbox("Before", read, key="versions-before")
    after = right.selectbox("After", read, key="versions-after")
    if after != read[-1] or "cycle" in st.query_params:
        remember(cycle=after)
    try:
        found = get_comparison(store, project, before, after)
    except EvaldashError as error:
        show_error(error)
        return
    overall, *modes = found.changes
    st.html(f'<p style="font-size:1.25rem;margin:0">Any failure: {_sentence(overall)}.</p>')
    st.dataframe([_row(item) for item in _most_moved(modes)], hide_index=True, width="stretch")
    st.caption(_how(found))
    for line in comparison_caveats(found):
        st.caption(escape(line))


def _begin_with(key: str, value: str, there: list[str]) -> None:
    """Give a field its first value, and another where its value is of another project; else a person's choice stays."""
    if st.session_state.get(key) not in there:
        st.session_state[key] = value


def _asked(read: list[str]) -> int:
    """Return the place of the cycle that the address names, else of the newest; one that is not there is said."""
    asked = st.query_params.get("cycle")
    if asked in read:
        return read.index(asked)
    if asked is not None:
        st.warning(f"There is no cycle {escape(asked)} with read traces.", icon=":material/search_off:")
    return len(read) - 1


def _sentence(item: ModeChange) -> str:
    return item.verdict  # made of numbers and words of our own


def _most_moved(modes: list[ModeChange]) -> list[ModeChange]:
    return sorted(modes, key=lambda item: (not item.moved, -abs(item.change.estimate or 0.0)))


def _row(item: ModeChange) -> dict[str, object]:
    known = item.change.estimate is not None
    return {
        "failure mode": item.name,
        "before": None if item.before is None else f"{item.before * 100:.0f} % of {item.n_before}",
        "after": None if item.after is None else f"{item.after * 100:.0f} % of {item.n_after}",
        "change, points (95 %)": f"{item.change.low * 100:+.0f} to {item.change.high * 100:+.0f}" if known else "",
        "what can be said": item.verdict,
    }


def _how(found: Comparison) -> str:
    how = (
        f"{found.pairs:,} equal inputs, judged in both versions, are compared in pairs."
        if found.pairs
        else "The inputs differ, so two samples are compared; equal inputs replayed on both versions would tell more."
    )
    return (
        f"{how} Both are seen by taxonomy version {found.taxonomy_version}. Of the modes called moved, about one in "
        "ten is moved by chance (Benjamini-Hochberg at 10 %). More traces would tell if the change is as large as it "
        "looks now, in four of five readings."
    )
