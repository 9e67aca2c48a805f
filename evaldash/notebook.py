"""A project in a notebook: its rows as pandas frames with documented columns, its charts as plotly figures.

    import evaldash
    project = evaldash.open_project("support")
    project.rates(by="version")

What is written goes through the same services as on the pages. Every call asks the store anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from evaldash.config import settings
from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput
from evaldash.services import browse, coding, projects, sampling, taxonomy
from evaldash.services import saturation as unseen
from evaldash.services.clustering import newest_clustering
from evaldash.services.rates import ModeRate, chart_rows, rate_table
from evaldash.services.wording import headline
from evaldash.storage.store import Store, open_store

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

Theme = Literal["light", "dark"]

# The columns of each frame, in their order: docs/notebook.md says what each holds, and a test holds both together.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "traces": ("trace", "external_id", "session", "version", "format", "started_at", "query", "cluster"),
    "steps": ("trace", "step", "parent", "kind", "role", "name", "text", "arguments", "result", "error"),
    "annotations": ("trace", "coder", "verdict", "comment", "codes", "batch", "at"),
    "codes": ("code", "trace", "step", "text", "coder", "mode", "mode_name", "at"),
    "modes": ("mode", "name", "definition", "applies_when", "not_when", "codes", "traces"),
    "batches": ("batch", "strategy", "seed", "filter", "frame_size", "size", "read", "failed", "coder", "at"),
    "drawn": ("batch", "position", "trace", "stream", "inclusion_probability", "reason"),
    "rates": (
        "mode",
        "name",
        "segment",
        "estimate",
        "low",
        "high",
        "level",
        "method",
        "n",
        "n_eff",
        "basis",
        "count",
        "caveats",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """How much is still unseen: the sentence, the figures as the command `saturation --json` gives them, two frames."""

    sentence: str
    figures: Mapping[str, Any]
    batches: pd.DataFrame
    cumulative: pd.DataFrame


@dataclass(frozen=True, slots=True)
class OpenProject:
    """One project of a store, for a notebook. Frames have the columns of COLUMNS, traces one more for each metric."""

    store: Store
    name: str

    def traces(self, filter: str | None = None) -> pd.DataFrame:
        """Return the traces a filter selects, one a row; `metric.NAME` and `metadata.NAME` are columns of their own.

        Raises FilterSyntaxError.
        """
        clustering = newest_clustering(self.store, self._project)
        numbers = {} if clustering is None else dict(zip(clustering.items, clustering.numbers, strict=True))
        rows = [
            {
                "trace": head.id,
                "external_id": head.external_id,
                "session": head.session,
                "version": head.version,
                "format": head.format,
                "started_at": head.started_at,
                "query": head.query,
                "cluster": numbers.get(head.id),
                **{f"metric.{name}": value for name, value in head.metrics.items()},
                **{f"metadata.{name}": value for name, value in head.metadata.items()},
            }
            for head in browse.trace_heads(self.store, self._project, filter)
        ]
        return _frame(rows, "traces")

    def steps(self, filter: str | None = None, *, limit: int | None = None) -> pd.DataFrame:
        """Return the steps of the selected traces, one a row; of a limited number of traces the newest come."""
        rows = [
            {"trace": document["id"], "step": step.pop("index"), **step}
            for document in browse.trace_documents(self.store, self._project, filter, limit=limit)
            for step in document["steps"]
        ]
        return _frame(rows, "steps", only=True)

    def annotations(self, coder: str | None = None) -> pd.DataFrame:
        """Return the newest annotation of each coder and trace; `codes` are ids."""
        rows = [
            {
                "trace": item.trace,
                "coder": item.coder,
                "verdict": item.verdict.value,
                "comment": item.comment,
                "codes": [code.id for code in item.codes],
                "batch": item.batch,
                "at": item.at,
            }
            for item in coding.list_annotations(self.store, self._project, coder=coder)
        ]
        return _frame(rows, "annotations")

    def codes(self) -> pd.DataFrame:
        """Return the open codes as they read today, each with its failure mode if it has one."""
        found, today = coding.list_codes(self.store, self._project)
        names = {mode.id: mode.name for mode in today.modes}
        rows = []
        for code in found:
            mode = today.assignments.get(code.id)
            row = {"code": code.id, "trace": code.trace, "step": code.step, "text": code.text, "coder": code.coder}
            rows.append({**row, "mode": mode, "mode_name": names.get(mode or ""), "at": code.at})
        return _frame(rows, "codes")

    def modes(self) -> pd.DataFrame:
        """Return today's failure modes with how many codes and traces each holds."""
        found = taxonomy.view(self.store, self._project)
        rows = []
        for mode in found.taxonomy.modes:
            held = found.by_mode.get(mode.id, ())
            rows.append(
                {
                    "mode": mode.id,
                    "name": mode.name,
                    "definition": mode.definition,
                    "applies_when": mode.applies_when,
                    "not_when": mode.not_when,
                    "codes": len(held),
                    "traces": len({code.trace for code in held}),
                }
            )
        return _frame(rows, "modes")

    def batches(self) -> pd.DataFrame:
        """Return the batches with how far their reading is."""
        rows = [
            {"batch": row.number, **{name: getattr(row, name) for name in COLUMNS["batches"][1:]}}
            for row in sampling.list_batches(self.store, self._project)
        ]
        return _frame(rows, "batches")

    def drawn(self, batch: int) -> pd.DataFrame:
        """Return the traces of a batch in reading order, with how each was drawn. Raises NotFound."""
        rows = [
            {
                "batch": batch,
                "position": position,
                "trace": item.trace,
                "stream": item.stream.value,
                "inclusion_probability": item.inclusion_probability,
                "reason": item.reason,
            }
            for position, item in enumerate(sampling.drawn_traces(self.store, self._project, batch), start=1)
        ]
        return _frame(rows, "drawn")

    def rates(self, by: str | None = None) -> pd.DataFrame:
        """Return the rate of any failure (`mode` None) and of each mode, overall or for each value of a field.

        Shares from 0 to 1 with 95 % bounds; where `basis` is "not estimable" they are missing.
        """
        return _frame([rate.as_json() for rate in self._rates(by)], "rates")

    def saturation(self, version: int | None = None) -> Unseen:
        """Return how much is still unseen, by the taxonomy of today or of a version."""
        import pandas as pd

        found = unseen.saturation(self.store, self._project, version)
        figures = found.as_json()
        return Unseen(
            sentence=headline(found),
            figures=figures,
            batches=pd.DataFrame(figures["batches"]),
            cumulative=pd.DataFrame(figures["cumulative"]),
        )

    def annotate(
        self,
        trace: str,
        verdict: str,
        codes: Iterable[str | Mapping[str, Any]] = (),
        *,
        comment: str | None = None,
        coder: str | None = None,
    ) -> str:
        """Write an annotation of a trace and return its id; a later one of the same coder follows it.

        `codes` are texts, or mappings of `text`, `step` (from 1) and `mode` (an id). Raises NotFound, Ambiguous, or
        InvalidInput for a verdict, step or code that cannot be.
        """
        if verdict not in set(Verdict):
            raise InvalidInput(f"verdict must be one of {', '.join(Verdict)}, got {verdict!r}")
        reading = Reading(
            id=uuid.uuid4().hex,
            trace=browse.find_trace(self.store, self._project, trace).id,
            verdict=Verdict(verdict),
            codes=tuple(_code(code) for code in codes),
            comment=comment,
        )
        coding.save_reading(self.store, self._project, reading, coder=projects.require_coder(coder or settings().coder))
        return reading.id

    def saturation_figure(self, *, theme: Theme = "light") -> Figure:
        """Return new modes per batch, and the curve of all modes seen."""
        from evaldash.charts.saturation import new_modes_figure

        found = unseen.saturation(self.store, self._project)
        return new_modes_figure(found.batches, found.cumulative, found.rarefied, found.ahead, theme=theme)

    def rates_figure(self, *, theme: Theme = "light") -> Figure:
        """Return the rates of the modes as dots with their intervals."""
        from evaldash.charts.rates import rates_figure

        rows = chart_rows(self._rates(None)[1:])
        return rates_figure(rows, [row.id for row in rows], theme=theme)

    def _rates(self, by: str | None) -> Sequence[ModeRate]:
        return rate_table(self.store, self._project, by=by).rates

    @property
    def _project(self) -> Project:
        return projects.choose_project(self.store, self.name)


def open_project(name: str | None = None, *, db: str | None = None) -> OpenProject:
    """Open a project by its name, else EVALDASH_PROJECT, else the only one besides the demo.

    `db` is the store's URL, else EVALDASH_DATABASE_URL, else data/evaldash.db. Raises NotFound, or
    InvalidInput where several could be meant.
    """
    store = open_store(db or settings().database_url)
    return OpenProject(store, projects.choose_project(store, name or settings().project).name)


def _code(code: str | Mapping[str, Any]) -> OpenCode:
    given: dict[str, Any] = {"text": code} if isinstance(code, str) else dict(code)
    unknown = set(given) - {"text", "step", "mode"}
    if unknown:
        raise InvalidInput(f"a code has text, step and mode, got {', '.join(sorted(unknown))} as well")
    return OpenCode(
        id=uuid.uuid4().hex, text=str(given.get("text") or ""), step=given.get("step"), mode=given.get("mode")
    )


def _frame(rows: Sequence[Mapping[str, Any]], name: str, *, only: bool = False) -> pd.DataFrame:
    """Return rows as a frame with the documented columns first, also where there is no row; `only` with no others."""
    import pandas as pd

    columns = list(COLUMNS[name])
    more = [] if only else sorted({key for row in rows for key in row} - set(columns))
    return pd.DataFrame(list(rows), columns=[*columns, *more])
