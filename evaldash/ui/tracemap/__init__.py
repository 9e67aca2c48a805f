"""The map of traces as a component: the browser holds what is drawn and recolours it; only choices come back."""

from evaldash.ui.tracemap.mounting import NOTHING, MapEvents, Selection, send_colours, send_part, show_map

__all__ = ["NOTHING", "MapEvents", "Selection", "send_colours", "send_part", "show_map"]
