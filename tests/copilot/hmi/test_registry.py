"""``signals.toml``: what it may say, and how clearly it is told what it may not."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.hmi.registry import read_registry
from copilot.hmi.registry.reading import password_of
from index.documents import AccessLabel
from index.errors import EdgeCopilotError, UnreadableFile, UsageError

ROOT = Path(__file__).resolve().parents[3]
SOURCE = '[[source]]\nname = "plc"\nkind = "opcua"\nurl = "opc.tcp://127.0.0.1:4840/"\n'
MQTT = '[[source]]\nname = "hyd"\nkind = "mqtt"\nhost = "127.0.0.1"\n'
MODBUS = '[[source]]\nname = "meter"\nkind = "modbus"\nhost = "127.0.0.1"\n'
SIGNAL = '[[signal]]\nname = "dc"\nsource = "plc"\nnode = "ns=2;s=Dc"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "signals.toml"


def test_the_example_is_right() -> None:
    registry = read_registry(ROOT / "examples" / "signals.toml")

    assert set(registry.sources) == {"plc", "hydraulics", "meter"}
    assert registry.signals["ramp_down"].identifiers == ("P1121",)
    assert registry.signals["dc_bus"].machine == "TX-200"
    assert "ramp_down" in registry.by_identifier["p1121"]


def test_values_are_restricted_unless_somebody_says_otherwise(file: Path) -> None:
    file.write_text(SOURCE + SIGNAL + SIGNAL.replace('"dc"', '"open"') + 'access = "public"\n')

    registry = read_registry(file)

    assert registry.signals["dc"].access is AccessLabel.RESTRICTED
    assert registry.signals["open"].access is AccessLabel.PUBLIC


COMPLAINTS = {
    "an unknown key": (SOURCE + SIGNAL + "hihg = 3\n", ["signal dc", "“hihg”", "is “high” meant"]),
    "an unknown key of a source": (SOURCE.replace("url", "ulr") + SIGNAL, ["source plc", "“ulr”", "“url” is missing"]),
    "an unknown table": ("[sorce]\n", ["“sorce”", "is “source” meant"]),
    "an unknown source": (
        SOURCE + SIGNAL.replace('"plc"', '"plk"'),
        ["signal dc", "no source “plk”", "is “plc” meant"],
    ),
    "a missing name": (SOURCE + '[[signal]]\nsource = "plc"\nnode = "i=1"\n', ["signal number 1", "“name” is missing"]),
    "an unknown kind": ('[[source]]\nname = "x"\nkind = "profinet"\n', ["source x", "opcua, mqtt or modbus"]),
    "two of one name": (SOURCE + SIGNAL + SIGNAL, ["signal dc", "two of this name"]),
    "limits upside down": (SOURCE + SIGNAL + "low = 5\nhigh = 3\n", ["signal dc", "low must be below high"]),
    "no node": (SOURCE + SIGNAL.replace('node = "ns=2;s=Dc"\n', ""), ["signal dc", "node is missing"]),
    "no node id": (SOURCE + SIGNAL.replace("ns=2;s=Dc", "DcBus"), ["signal dc", "is no node id"]),
    "a topic for OPC UA": (SOURCE + SIGNAL + 'topic = "a"\n', ["signal dc", "topic", "opcua"]),
    "a wildcard": (MQTT + '[[signal]]\nname = "p"\nsource = "hyd"\ntopic = "a/#"\n', ["signal p", "is no topic"]),
    "topic and metric": (
        MQTT + '[[signal]]\nname = "p"\nsource = "hyd"\ntopic = "a"\nmetric = "b"\ndevice = "g/n"\n',
        ["signal p", "one of them"],
    ),
    "a metric without a device": (
        MQTT + '[[signal]]\nname = "p"\nsource = "hyd"\nmetric = "b"\n',
        ["signal p", "device", "group/edge node"],
    ),
    "no register": (MODBUS + '[[signal]]\nname = "u"\nsource = "meter"\n', ["signal u", "register is missing"]),
    "a register that isn't": (
        MODBUS + '[[signal]]\nname = "u"\nsource = "meter"\nregister = { address = 70000 }\n',
        ["signal u", "address", "65535"],
    ),
    "a coil that is a number": (
        MODBUS
        + '[[signal]]\nname = "u"\nsource = "meter"\nregister = { table = "coil", address = 1, type = "int16" }\n',
        ["signal u", "a coil holds a bool"],
    ),
    "a code's format": (SOURCE + SIGNAL + 'codes = "F"\n', ["signal dc", "F{:04d}"]),
    "a rule without a condition": (
        SOURCE + SIGNAL + '[[alarm]]\ntitle = "Low"\nsignal = "dc"\n',
        ["alarm Low", "exactly one of"],
    ),
    "a rule about nothing": (
        SOURCE + SIGNAL + '[[alarm]]\ntitle = "Low"\nsignal = "dcc"\nbelow = 3\n',
        ["alarm Low", "no signal “dcc”", "is “dc” meant"],
    ),
    "a policy without certificates": (
        SOURCE + 'security = "Basic256Sha256"\n',
        ["source plc", "certificate and private_key and server_certificate"],
    ),
    "a password in the clear": (
        SOURCE + 'username = "op"\npassword_env = "PW"\n',
        ["source plc", "in the clear"],
    ),
    "a password in the address": (
        SOURCE.replace("127.0.0.1", "op:secret@127.0.0.1"),
        ["source plc", "must not hold a user or password"],
    ),
    "several at once": (
        SOURCE + SIGNAL + "hihg = 3\nlow = 'x'\n[[alarm]]\ntitle = 3\n",
        ["“hihg”", "low", "alarm"],
    ),
    "no TOML": ("[[signal]\n", ["is no TOML", "line 1"]),
}


@pytest.mark.parametrize(("content", "said"), COMPLAINTS.values(), ids=COMPLAINTS.keys())
def test_a_fault_is_told_where_it_stands(file: Path, content: str, said: list[str]) -> None:
    file.write_text(content, encoding="utf-8")

    with pytest.raises(UsageError) as caught:
        read_registry(file)

    for part in said:
        assert part in caught.value.message
    assert "secret" not in caught.value.message
    assert caught.value.remedy


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="There is no file"):
        read_registry(tmp_path / "nowhere.toml")


@given(st.binary(max_size=200))
def test_no_file_is_more_than_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzzed.toml"
    file.write_bytes(content)
    with suppress(EdgeCopilotError):
        assert not read_registry(file).signals


def test_a_password_comes_from_the_environment_or_a_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(MQTT + 'username = "op"\npassword_env = "PLANT_PW"\n')
    source = read_registry(file).sources["hyd"]
    with pytest.raises(UsageError, match="PLANT_PW"):
        password_of(source)
    monkeypatch.setenv("PLANT_PW", "geheim")
    assert password_of(source) == "geheim"

    (file.parent / "pw").write_text("other\n")
    file.write_text(MQTT + 'username = "op"\npassword_file = "pw"\n')
    assert password_of(read_registry(file).sources["hyd"]) == "other"
