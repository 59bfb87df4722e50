"""Looks at a panel as axe does, and with the hands of somebody in gloves."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

THEMES = {
    "light": ("light", "standard"),
    "dark": ("dark", "standard"),
    "light, high contrast": ("light", "more"),
    "dark, high contrast": ("dark", "more"),
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(panel) -> list[str]:
    """What axe finds, each with the rule and where."""
    found = Axe().run(panel.page, options={"runOnly": {"type": "tag", "values": RULES}}).response
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def small_targets(panel) -> list[str]:
    """What can be touched and is less than 48 px wide or high; numbers in a line count with the area around them."""
    found: list[str] = panel.call(
        """(element) => [...element.shadowRoot.querySelectorAll("button, input, textarea, summary, a, label.check")]
          .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest(".skip"))
          .filter((node) => !(node.type === "checkbox" && node.closest("label.check")))
          .map((node) => {
            const box = node.getBoundingClientRect();
            const around = getComputedStyle(node, "::after");
            const grown = node.matches(".cite");
            const width = grown ? parseFloat(around.width) : box.width;
            const height = grown ? parseFloat(around.height) : box.height;
            return { name: node.getAttribute("aria-label") || node.textContent || node.type, width, height };
          })
          .filter(({ width, height }) => width < 47.5 || height < 47.5)
          .map(({ name, width, height }) => `${name}: ${width} × ${height}`)"""
    )
    return found


def faults_by_theme(panel) -> list[str]:
    """What axe finds in any of the themes."""
    found = []
    for name, (theme, contrast) in THEMES.items():
        panel.call(
            "(element, [theme, contrast]) => { element.setAttribute('theme', theme); "
            "element.setAttribute('contrast', contrast); }",
            [theme, contrast],
        )
        found += [f"{name}: {fault}" for fault in faults(panel)]
    return found
