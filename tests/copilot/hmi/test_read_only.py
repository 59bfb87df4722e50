"""There is no code path that writes to the plant: looked for in the code, and counted by the servers (see the tests
of each source)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOM = Path(__file__).resolve().parents[3] / "copilot" / "hmi"
FACES = [ROOM.parent / "http" / "routes" / "signals.py", ROOM.parent / "cli" / "signals.py"]

# Everything by which the libraries of this room change something in a plant.
WRITING = {
    # asyncua
    "write", "write_value", "write_values", "write_attribute", "write_attributes", "write_params", "set_value",
    "set_values", "set_writable", "set_attr_bit", "write_data_type", "call_method", "add_nodes", "delete_nodes",
    "history_update", "add_variable", "add_object", "add_method", "set_event_notifier", "acknowledge", "confirm",
    # aiomqtt and paho
    "publish", "Will", "will_set",
    # pymodbus
    "write_coil", "write_coils", "write_register", "write_registers", "mask_write_register", "write_file_record",
    "readwrite_registers", "execute", "diag_force_listen_only", "diag_restart_communication",
}  # fmt: skip


def modules() -> list[Path]:
    return [*sorted(ROOM.rglob("*.py")), *FACES]


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(ROOM.parent)))
def test_nothing_that_writes_is_named(module: Path) -> None:
    named = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            named.add(node.attr)
        elif isinstance(node, ast.Name):
            named.add(node.id)
        elif isinstance(node, ast.alias):
            named.add(node.name.rpartition(".")[2])
        elif isinstance(node, ast.keyword) and node.arg is not None:
            named.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            named.add(node.value)  # what getattr could be given

    # SQLite is spoken to by `execute` too, where no plant's library is at hand.
    allowed = set() if module.parent.name == "sources" else {"execute"}
    assert named & WRITING <= allowed


def test_one_method_is_called_in_the_plant_and_it_only_makes_the_server_tell() -> None:
    calls = [
        (module.name, node.attr)
        for module in modules()
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("call", "CallMethodRequest")
    ]
    methods = {
        node.attr
        for node in ast.walk(ast.parse((ROOM / "sources" / "opcua.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr.startswith("ConditionType_")
    }

    assert sorted(calls) == [("opcua.py", "CallMethodRequest"), ("opcua.py", "call")]
    assert methods == {"ConditionType_ConditionRefresh"}


def test_the_libraries_that_could_write_are_used_in_the_sources_alone() -> None:
    for module in modules():
        imported = {
            (node.module if isinstance(node, ast.ImportFrom) else alias.name) or ""
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        plant = {name for name in imported if name.split(".")[0] in ("asyncua", "aiomqtt", "paho", "pymodbus")}
        assert not plant or module.parent == ROOM / "sources", f"{module.name} imports {plant}"
