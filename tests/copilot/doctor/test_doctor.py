"""The doctor: finds what is wrong, says what to do, and never faints."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.cli.main import main
from copilot.doctor import Finding, examine, worst
from copilot.doctor.data import check_data_dir, check_disk, check_index
from copilot.doctor.findings import guarded
from copilot.doctor.machine import _flag_for_unused_gpu, check_llama
from copilot.doctor.models import check_models
from copilot.hardware.backends import ComputeDevice, LlamaBuild, LlamaUnavailable
from copilot.settings import Settings
from index.documents import Chunk, Section
from index.errors import UsageError
from index.store import Store, writing

CPU_ONLY = LlamaBuild("0.3", ("CPU",), (ComputeDevice("CPU", "a CPU", "cpu", 8, 8),), False, ("AVX2",))


def find(findings: Iterator[Finding] | list[Finding], name: str) -> Finding:
    return next(finding for finding in findings if finding.name == name)


def no_embedder(settings: Settings) -> None:
    return None


def test_on_a_fresh_machine_nothing_is_at_fault_and_every_warning_has_a_remedy(data_dir: Path) -> None:
    findings = list(examine(Settings.load, None, no_embedder))

    assert worst(findings) == "warning"
    for finding in findings:
        assert finding.status == "ok" or finding.remedy, finding
    assert find(findings, "index").remedy == "Put documents in: edge-copilot ingest FOLDER"
    assert "edge-copilot models pull" in find(findings, "answering").remedy
    assert "edge-copilot models pull" in find(findings, "searching").remedy


def test_looking_changes_nothing(data_dir: Path) -> None:
    list(examine(Settings.load, None, no_embedder))

    assert not data_dir.exists()


def test_a_check_that_fails_becomes_a_finding_and_the_others_go_on() -> None:
    def failing() -> Iterator[Finding]:
        yield Finding("first", "ok", "It is fine.")
        raise RuntimeError("the driver is gone")

    findings = list(guarded("gpu", failing))

    assert [finding.status for finding in findings] == ["ok", "fault"]
    assert "RuntimeError: the driver is gone" in findings[1].what


def test_wrong_settings_are_a_fault_and_the_data_directory_is_looked_at_all_the_same(tmp_path: Path) -> None:
    def load() -> Settings:
        raise UsageError("search.k must be a number.", "Mend it.")

    findings = list(examine(load, tmp_path, no_embedder))

    assert find(findings, "settings").what == "search.k must be a number."
    assert str(tmp_path) in find(findings, "data directory").what


def test_a_broken_llama_cpp_is_a_fault_with_the_command_that_mends_it() -> None:
    (finding,) = check_llama(LlamaUnavailable("OSError: libllama.so: no such file"))

    assert finding.status == "fault"
    assert "pip install --force-reinstall" in finding.remedy


GPU_TRACES = {
    "NVIDIA": ("proc/driver/nvidia/version", "-DGGML_CUDA=on"),
    "AMD": ("dev/kfd", "-DGGML_HIP=on"),
    "any other": ("dev/dri/renderD128", "-DGGML_VULKAN=on"),
}


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac always has Metal")
@pytest.mark.parametrize(("trace", "flag"), GPU_TRACES.values(), ids=GPU_TRACES.keys())
def test_a_gpu_that_this_build_can_not_use_is_noticed(trace: str, flag: str, tmp_path: Path) -> None:
    assert _flag_for_unused_gpu(tmp_path) is None
    (tmp_path / trace).parent.mkdir(parents=True)
    (tmp_path / trace).touch()

    assert _flag_for_unused_gpu(tmp_path) == flag


def test_a_gpu_in_use_is_named_with_its_free_memory() -> None:
    gpu = ComputeDevice("CUDA0", "A Card", "gpu", 4 << 30, 8 << 30)

    (finding,) = check_llama(LlamaBuild("0.3", ("CUDA", "CPU"), (gpu,), True, ()))

    assert finding.status == "ok"
    assert "A Card with 4096 MiB free" in finding.what


def test_an_index_is_counted_and_found_whole(data_dir: Path) -> None:
    with Store.open(data_dir / "index.db"):
        pass

    finding = find(check_index(Settings.load(), None), "index")

    assert finding.status == "ok"
    assert finding.details["documents"] == 0
    assert finding.details["encrypted"] is False


def test_an_encrypted_index_without_its_key_is_a_fault(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(data_dir / "index.db", key="geheim"):
        pass

    assert find(check_index(Settings.load(), None), "index").status == "fault"

    monkeypatch.setenv("SITE_KEY", "geheim")
    monkeypatch.setenv("EDGE_COPILOT_INDEX__KEY_ENV", "SITE_KEY")
    finding = find(check_index(Settings.load(), None), "index")
    assert finding.status == "ok"
    assert finding.details["encrypted"] is True


@pytest.mark.parametrize("content", [b"", b"no database at all " * 500], ids=["empty", "garbage"])
def test_a_ruined_index_is_told_and_left_as_it_is(content: bytes, data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "index.db").write_bytes(content)

    findings = list(examine(Settings.load, None, no_embedder))

    assert find(findings, "index").status == "fault"
    assert (data_dir / "index.db").read_bytes() == content


def write_document(path: Path, embedder: str | None) -> None:
    """Make an index of one chunk, without a vector."""
    chunk = Chunk(Section(0, ("Faults",)), 0, "F0012: overcurrent", 0, 18)
    with Store.open(path) as store, store.transaction() as connection:
        if embedder is not None:
            writing.set_embedder(connection, embedder, 384)
        collection, _ = writing.ensure_collection(connection, "manuals", None)
        record = writing.DocumentRecord("/a.txt", "a", "text/plain", None, 18, 1, 1, "0" * 64, "")
        writer = writing.DocumentWriter(connection, collection, record)
        writer.add([writing.IndexedChunk(chunk)])
        writer.finish(language=None, notices=[])


@pytest.mark.parametrize(
    ("made_with", "in_use", "words"),
    [
        ("one", "one", "1 chunks have no vector"),
        ("one", "two", "but two is in use"),
        ("one", None, "which is not in use"),
        (None, "two", "without an embedder"),
    ],
)
def test_vectors_that_do_not_fit_the_embedder_in_use_are_told(
    made_with: str | None, in_use: str | None, words: str, data_dir: Path
) -> None:
    write_document(data_dir / "index.db", made_with)

    finding = find(check_index(Settings.load(), in_use), "vectors")

    assert finding.status == "warning"
    assert words in finding.what


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that not even root can write to")
def test_a_read_only_data_directory_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_COPILOT_DATA_DIR", "/proc/self")

    (finding,) = check_data_dir(Settings.load())

    assert finding.status == "fault"
    assert finding.details["writable"] is False


def test_a_file_in_place_of_the_data_directory_is_a_fault(data_dir: Path) -> None:
    data_dir.touch()

    (finding,) = check_data_dir(Settings.load())

    assert finding.status == "fault"


def test_the_disk_is_measured_where_the_data_will_lie(data_dir: Path) -> None:
    (finding,) = check_disk(Settings.load())

    assert int(str(finding.details["free_bytes"])) > 0


def test_a_model_with_a_wrong_hash_is_a_fault(data_dir: Path) -> None:
    folder = data_dir / "models" / "smollm2-135m"
    folder.mkdir(parents=True)
    with (folder / "SmolLM2-135M-Instruct.Q4_1.gguf").open("wb") as file:
        file.truncate(98362432)

    finding = find(check_models(Settings.load(), CPU_ONLY), "model smollm2-135m")

    assert finding.status == "fault"
    assert finding.remedy == "Fetch it again: edge-copilot models pull smollm2-135m"


def test_a_gguf_of_ones_own_that_is_missing_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__MODEL", str(tmp_path / "absent.gguf"))

    finding = find(check_models(Settings.load(), CPU_ONLY), "answering")

    assert finding.status == "fault"
    assert "absent.gguf" in finding.what


def test_a_server_that_does_not_answer_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__KIND", "openai")
    monkeypatch.setenv("EDGE_COPILOT_ENGINE__BASE_URL", "http://127.0.0.1:9/v1")

    finding = find(check_models(Settings.load(), CPU_ONLY), "answering")

    assert finding.status == "fault"
    assert "127.0.0.1:9" in finding.what


def test_the_command_prints_only_json_and_its_exit_code_says_whether_there_is_a_fault(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["status"] == "warning"
    assert {"name", "status", "what", "remedy", "details"} == set(report["findings"][0])

    data_dir.mkdir()
    (data_dir / "index.db").write_bytes(b"no database at all " * 500)

    assert main(["doctor", "--json"]) == 9
    assert json.loads(capsys.readouterr().out)["status"] == "fault"


def test_the_command_shows_each_finding_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor"])

    shown = capsys.readouterr().out
    assert "warning index: There are no documents yet." in shown
    assert "→ Put documents in: edge-copilot ingest FOLDER" in shown
