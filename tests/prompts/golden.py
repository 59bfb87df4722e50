"""How each prompt file reads when it is filled, as kept under ``tests/golden``. Write them anew with::

python -m tests.prompts.golden
"""

from __future__ import annotations

from pathlib import Path

import prompts

GOLDEN = Path(__file__).parents[1] / "golden" / "prompts"
FILES = Path(prompts.__file__).parent

VALUES = {
    "source": "Halden H40 › Fault codes, page 7",
    "passage": "Code | Meaning | Remedy\nF0012 | The brake did not release | Check the supply of the brake BR-120",
    "excerpts": (
        "Excerpt from Halden H40 › Fault codes, page 7:\n\nF0012: the brake did not release.\n\n"
        "Excerpt from Ventra fan › Speed:\n\nThe fan turns at 2800 rpm."
    ),
    "before": "Before, the technician asked: What is BR-120?\nThe answer was: The brake.\n\n",
    "question": "What does F0012 mean?",
}


def names() -> list[tuple[str, str]]:
    """Every prompt there is: its family and its name."""
    return sorted((file.parent.name, file.stem) for file in FILES.glob("*/*.md"))


def rendered(family: str, name: str) -> str:
    """The filled prompt, its parts under their names."""
    file = prompts.load(family, name)
    filled = file.fill({field: VALUES[field] for field in file.fields})
    parts = {"system": filled.system, "context": filled.context, "question": filled.question, "reply": filled.reply}
    return "\n".join(f"──── {part}\n{text}" for part, text in parts.items()) + "\n"


def golden_file(family: str, name: str) -> Path:
    """Where the golden file of a prompt lies."""
    return GOLDEN / f"{family}.{name}.txt"


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for stale in GOLDEN.glob("*.txt"):
        stale.unlink()
    for prompt in names():
        golden_file(*prompt).write_text(rendered(*prompt), "utf-8")
