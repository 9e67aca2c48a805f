"""Where the keyboard is: the stop of Tab that has the focus, as one who looks and one who listens notice it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

LEAST_CONTRAST = 3.0  # of a ring against what it stands on (WCAG 2.2, 1.4.11)
ACTIVE = """(() => { let node = document.activeElement;
    while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement; return node; })()"""
LOOK = """() => {
    const node = ACTIVE;
    if (!node || node === document.body) return null;
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
    const above = (node) => node.parentElement ?? node.getRootNode().host ?? null;
    const layers = [];
    let opacity = 1;
    for (let up = node; up; up = above(up)) {
        const style = getComputedStyle(up);
        opacity *= Number(style.opacity);
        if (up !== node) layers.unshift(rgba(style.backgroundColor));
    }
    const over = (under, [r, g, b, a]) => [r, g, b].map((c, i) => c * a + under[i] * (1 - a));
    const ground = layers.reduce(over, [255, 255, 255]);
    const box = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    const at = [box.x + box.width / 2, box.y + Math.min(box.height / 2, 20)];
    let top = document.elementFromPoint(...at);
    while (top?.shadowRoot) top = top.shadowRoot.elementFromPoint(...at);
    const uncovered = Boolean(top && (node.contains(top) || top.contains(node)));
    return { ground, ring: rgba(style.outlineColor).slice(0, 3), left: box.x, top: box.y,
        width: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
        seen: opacity > 0.9 && box.width > 2 && box.height > 2 && uncovered };
}""".replace("ACTIVE", ACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """What has the focus: its accessible name and role, whether it is seen, and its ring (pixels, contrast)."""

    name: str
    role: str
    seen: bool
    ring: float
    contrast: float
    left: float
    top: float

    @property
    def fault(self) -> str | None:
        """What is wrong with it for one who has no mouse; None where nothing is."""
        if not self.name:
            return f"a {self.role} at {self.left:.0f}, {self.top:.0f} has no name"
        if not self.seen:
            return f"{self.name!r} is not seen"
        if self.ring < 1.5 or self.contrast < LEAST_CONTRAST:
            return f"{self.name!r} has a ring of {self.ring} pixels and contrast {self.contrast:.1f}"
        return None


class Keyboard:
    """Presses keys on a page and says where that leads."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)

    def stop(self) -> Stop | None:
        """Return what has the focus now, None for nothing on the page."""
        look: dict[str, Any] | None = self._page.evaluate(LOOK)
        if look is None:
            return None
        name, role = self._spoken()
        contrast = _contrast(look["ring"], look["ground"])
        return Stop(
            name=name, role=role, seen=look["seen"], ring=look["width"], contrast=contrast,
            left=look["left"], top=look["top"],
        )  # fmt: skip

    def press(self, *keys: str) -> Stop | None:
        """Press keys one after the other and return what has the focus then."""
        for key in keys:
            self._page.keyboard.press(key)
        return self.stop()

    def names(self, key: str, *, until: str | None = None, most: int = 60) -> list[str]:
        """Press `key` until the focus leaves the page or stands at `until`; return the names, fail at a faulty stop."""
        found: list[str] = []
        while stop := self.press(key):
            assert stop.fault is None, f"{stop.fault}, after {found[-3:]}"
            if stop.name == until:
                break
            found.append(stop.name)
            assert len(found) < most, f"no end after {found[-5:]}"
        return found

    def _spoken(self) -> tuple[str, str]:
        """Return name and role as a screen reader is told."""
        found = self._session.send("Runtime.evaluate", {"expression": ACTIVE})
        wanted = {"objectId": found["result"]["objectId"], "fetchRelatives": False}
        node = self._session.send("Accessibility.getPartialAXTree", wanted)["nodes"][0]
        return node.get("name", {}).get("value", "").strip(), node.get("role", {}).get("value", "")


def _contrast(one: list[float], other: list[float]) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: list[float]) -> float:
    parts = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
