"""Commands between gathering and reading: vectors, clusters, batches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaldash.cli import common
from evaldash.cli.common import AsJson, Coder, Db, FilterText, ProjectName

if TYPE_CHECKING:
    from evaldash.domain.stored import Project
    from evaldash.services.embedding import TextChoice
    from evaldash.storage.clusterings import ClusteringRow
    from evaldash.storage.store import Store

TextName = Annotated[str, typer.Option("--text", help="What stands for a trace: query, conversation, answer, notes.")]
EmbedderName = Annotated[
    str, typer.Option("--embedder", help="What makes the vectors: minilm, static (fast), st:FOLDER, openai:MODEL.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the app."""
    app.command("embed")(embed)
    app.command("cluster")(cluster)
    app.command("sample")(sample)
    app.command("batches")(batches)
    app.command("signals")(signals)
    app.command("next")(where_next)


def embed(
    embedder: EmbedderName = "minilm",
    text: TextName = "query",
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Give vectors to what has none."""
    from evaldash.services.embedding import embed_traces
    from evaldash.services.wording import count_of

    store, chosen = common.open_project(db, project)
    progress = common.ProgressLine("embedding")
    try:
        report = embed_traces(store, chosen, text=_text(text), embedder=embedder, progress=progress)
    finally:
        progress.close()
    words = (
        f"{count_of(report.embedded, 'trace')} embedded by {report.embedder}, {report.reused:,} had a vector, "
        f"{report.seconds:.1f} s"
    )
    for note in report.notes:
        common.say(note)
    common.show(as_json, report.as_json(), words)


def cluster(
    of: Annotated[str, typer.Option("--of", help="What is grouped: traces or codes.")] = "traces",
    method: Annotated[str, typer.Option("--method", help="graph or hdbscan.")] = "graph",
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same clusters.")] = 0,
    text: TextName = "query",
    embedder: EmbedderName = "minilm",
    level: Annotated[
        int | None, typer.Option("--level", min=1, help="How many clusters to show, coarser or finer.")
    ] = None,
    place: Annotated[
        bool, typer.Option("--place", help="No new run: put the traces that came since into the clusters there are.")
    ] = False,
    names: Annotated[
        str | None,
        typer.Option(
            "--names", help="No new run: `propose` names by the configured model, or `take` those it proposed."
        ),
    ] = None,
    limit: Annotated[float, typer.Option("--limit-usd", help="--names propose: what it may cost.")] = 0.5,
    coder: Coder = None,
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Group traces or codes by what they say, embedding first what has no vector."""
    from evaldash.errors import InvalidInput
    from evaldash.services.cluster_levels import use_level
    from evaldash.services.clustering import ClusterRequest, clustering_document
    from evaldash.services.clustering import cluster as run

    if place and of != "traces":
        raise InvalidInput(f"--place is for traces; group {of} again instead")
    store, chosen = common.open_project(db, project)
    if names is not None:
        _names(store, chosen, names, limit_usd=limit, coder=coder, as_json=as_json)
        return
    if place:
        row = _place(store, chosen)
    else:
        progress = common.ProgressLine("clustering")
        request = ClusterRequest(of=of, method=method, seed=seed, text=_text(text), embedder=embedder)
        try:
            row = run(store, chosen, request, progress=progress)
        finally:
            progress.close()
    if level is not None:
        row = use_level(store, chosen, level, of=of)
    rows = [(item.number, item.size, item.label) for item in row.clusters]
    common.show(as_json, clustering_document(row), common.table(rows, ["cluster", "size", "name"]))


def _names(store: Store, project: Project, what: str, *, limit_usd: float, coder: str | None, as_json: bool) -> None:
    from evaldash.errors import InvalidInput
    from evaldash.services.cluster_names import propose_names, proposed_names, take_names
    from evaldash.services.clustering import clustering_document, newest_clustering

    who = common.who(coder)
    if what not in ("propose", "take"):
        raise InvalidInput(f"--names must be propose or take, got {what!r}")
    cost = propose_names(store, project, limit_usd=limit_usd, who=who).cost_usd if what == "propose" else 0.0
    _, found = proposed_names(store, project)
    if what == "take":
        take_names(store, project, who=who)
    row = newest_clustering(store, project)
    assert row is not None, "names were proposed for its groups"
    proposed = [{"id": one.number, "label": one.now, "proposed": one.name} for one in found]
    heads = ["cluster", "size", "before" if what == "take" else "name", "taken" if what == "take" else "proposed"]
    rows = [(one.number, one.size, one.now, one.name) for one in found]
    common.show(as_json, clustering_document(row) | {"names": proposed, "cost": cost}, common.table(rows, heads))


def _place(store: Store, project: Project) -> ClusteringRow:
    from evaldash.errors import NotFound
    from evaldash.services.cluster_placing import place_new
    from evaldash.services.clustering import newest_clustering
    from evaldash.services.wording import count_of

    common.say(f"{count_of(place_new(store, project), 'new trace')} found a cluster")
    row = newest_clustering(store, project)
    if row is None:
        raise NotFound("there are no clusters yet; make them first")
    return row


def sample(
    size: Annotated[
        int, typer.Option("--size", help="How many traces; without it 20, or all that --traces names.")
    ] = 20,
    strategy: Annotated[str, typer.Option("--strategy", help="How to draw; `mixed` by default.")] = "mixed",
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same traces.")] = 0,
    by: Annotated[str | None, typer.Option("--by", help="stratified: the field.")] = None,
    allocation: Annotated[
        str, typer.Option("--allocation", help="stratified: proportional, sqrt, equal, neyman.")
    ] = "sqrt",
    metric: Annotated[str | None, typer.Option("--metric", help="extremes: the metric.")] = None,
    end: Annotated[str, typer.Option("--end", help="extremes: high, low, both.")] = "high",
    queries: Annotated[
        Path | None, typer.Option("--queries", metavar="FILE", help="stress: questions, one a line.")
    ] = None,
    targeted: Annotated[
        str, typer.Option("--targeted", help="mixed: how the other half is drawn: variety, signal …")
    ] = "variety",
    traces: Annotated[list[str] | None, typer.Option("--traces", metavar="ID…", help="picked: the traces.")] = None,
    more: common.MoreValues = None,
    text: Annotated[
        str | None, typer.Option("--text", help="What stands for a trace; without it what the newest clusters are of.")
    ] = None,
    filter: FilterText = None,
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Draw a batch for reading."""
    from evaldash.services.sampling import SampleRequest, draw_batch
    from evaldash.services.wording import count_of

    store, chosen = common.open_project(db, project)
    request = SampleRequest(
        strategy=strategy,
        size=size,
        seed=seed,
        filter=filter,
        by=by,
        allocation=allocation,
        metric=metric,
        end=end,
        traces=common.joined("--traces", traces, more),
        queries=_lines(queries),
        targeted=targeted,
        text=None if text is None else _text(text),
    )
    progress = common.ProgressLine("embedding")
    try:
        drawn = draw_batch(store, chosen, request, coder=coder, who=common.who(coder), progress=progress)
    finally:
        progress.close()
    for note in drawn.notes:
        common.say(note)
    rows = [
        (item.trace[:12], item.stream.value, _share(item.inclusion_probability), item.reason) for item in drawn.traces
    ]
    table = common.table(rows, ["trace", "stream", "probability", "why"])
    common.show(as_json, drawn.as_json(), f"batch {drawn.batch} from {count_of(drawn.frame_size, 'trace')}\n{table}")


def batches(project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """List the batches and how far their reading is."""
    from evaldash.services.sampling import list_batches

    store, chosen = common.open_project(db, project)
    rows = [
        {
            "batch": row.number,
            "strategy": row.strategy,
            "size": row.size,
            "read": row.read,
            "failed": row.failed,
            "coder": row.coder,
            "at": row.at.isoformat(),
        }
        for row in list_batches(store, chosen)
    ]
    table = [tuple(row.values()) for row in rows]
    common.show(as_json, rows, common.table(table, ["batch", "strategy", "size", "read", "failed", "coder", "at"]))


def signals(project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """Compute the signals that need all traces: equal endings, unusual orders of tools, distance from the others."""
    from evaldash.services.screening import screen

    store, chosen = common.open_project(db, project)
    progress = common.ProgressLine("signals")
    try:
        report = screen(store, chosen, progress=progress)
    finally:
        progress.close()
    table = common.table(report.signals.items(), ["metric", "traces above 0"])
    common.show(as_json, report.as_json(), f"{report.traces} traces, {report.seconds:.1f} s\n{table}")


def where_next(project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """Say which way of drawing and which group have yielded most so far, and what reading there costs the rates."""
    from evaldash.services.where_next import where_next as yields

    store, chosen = common.open_project(db, project)
    found = yields(store, chosen)
    common.show(as_json, found.as_json(), "\n".join(found.sentences))


def _text(name: str) -> TextChoice:
    from evaldash.errors import InvalidInput
    from evaldash.services.embedding import TextChoice

    if name not in set(TextChoice):
        raise InvalidInput(f"--text must be one of {', '.join(TextChoice)}, got {name!r}")
    return TextChoice(name)


def _lines(path: Path | None) -> tuple[str, ...]:
    """Return the lines of a file of questions; a sentence where it cannot be read."""
    from evaldash.errors import InvalidInput

    if path is None:
        return ()
    try:
        return tuple(path.read_text(encoding="utf-8-sig").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"--queries must be a file of text in UTF-8, one question a line; {path}: {error}"
        ) from error


def _share(probability: float | None) -> str:
    return "not known" if probability is None else f"{probability:.3f}"
