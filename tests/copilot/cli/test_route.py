"""`edge-copilot route`, `usage`, `ask --cloud`, `eval --train-router`, as typed; the endpoint is real, on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from copilot.cli.main import main
from index.documents import AccessLabel
from index.ingest import Ingestor
from index.store import Store
from tests.copilot.cli.conftest import MANUAL
from tests.copilot.engines.cloud.servers import Answerer, answering
from tests.copilot.routing.conftest import SECRET
from tests.test_json_contract import check

QUESTION = "What does F0012 mean for the brake?"
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Answerer]:
    with answering(Answerer(key="sk-secret")) as server:
        yield server


@pytest.fixture
def device(data_dir: Path, tmp_path: Path, server: Answerer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A device with a public and a restricted manual, no model of its own, and one endpoint."""
    server.bodies.clear()
    data_dir.mkdir(parents=True)
    for name, text, access in (("halden", MANUAL, AccessLabel.PUBLIC), ("ventra", SECRET, AccessLabel.RESTRICTED)):
        (tmp_path / f"{name}.md").write_text(text, "utf-8")
        with Store.open(data_dir / "index.db") as store:
            Ingestor(store, None).run([tmp_path / f"{name}.md"], collection=name, access=access)
    (data_dir / "calibration").mkdir()
    (data_dir / "calibration" / "none.json").write_text(json.dumps({"tier": "none", "bias": 5.0}))
    monkeypatch.setenv("HQ_KEY", "sk-secret")
    settings(data_dir, server.url)
    return data_dir


def settings(data_dir: Path, url: str, more: str = "") -> None:
    (data_dir / "copilot.toml").write_text(
        f'{more}\n[[cloud.endpoints]]\nname = "hq"\nbase_url = "{url}"\nmodel = "big"\napi_key_env = "HQ_KEY"\n'
        "price_in = 1.0\nprice_out = 2.0\n"
    )


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; return its stdout, with --json as data; on a failure its stderr."""

    def once(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert main(list(arguments)) == code, capsys.readouterr().err
        out, err = capsys.readouterr()
        if code:
            return err
        return json.loads(out) if "--json" in arguments else out

    return once


def test_explain_says_where_why_and_what_would_be_sent_and_sends_nothing(
    run: Run, device: Path, server: Answerer
) -> None:
    told = run("route", "explain", QUESTION, "--cloud", "--json")

    assert list(told) == ["target", "reason", "signals", "payload"]
    check("route-explain", json.dumps(told))
    assert told["target"] == "cloud"
    assert "F0012" in json.dumps(told["payload"]["messages"])
    assert told["payload"]["model"] == "big"
    assert not server.bodies
    assert not (device / "usage.db").exists()
    assert "Would be sent" in run("route", "explain", QUESTION, "--cloud")

    run("ask", QUESTION, "--cloud", "--json")

    assert json.loads(server.bodies[0]) == told["payload"], "what was told is what is sent"


def test_explain_of_something_restricted_has_no_payload(run: Run, device: Path, server: Answerer) -> None:
    told = run("route", "explain", "At what price is the takeover of Ventra agreed?", "--cloud", "--json")

    assert (told["target"], told["payload"]) == ("local", None)
    assert "Nothing would be sent" in run("route", "explain", "What is the code word of the project?", "--cloud")
    assert not server.bodies


def test_explain_without_endpoints_says_so(run: Run, indexed: Path) -> None:
    told = run("route", "explain", QUESTION, "--json")

    check("route-explain", json.dumps(told))
    assert (told["target"], told["payload"]) == ("local", None)
    assert "no larger model" in told["reason"]


def test_ask_prefers_the_cloud_and_obeys_the_wall(run: Run, device: Path, server: Answerer) -> None:
    answer = run("ask", QUESTION, "--cloud", "--json")
    secret = run("ask", "At what price is the takeover of Ventra agreed?", "--cloud", "--json")

    assert (answer["status"], answer["route"]["target"], answer["model"]) == ("escalated", "cloud", "big at hq")
    assert answer["citations"]
    assert secret["route"]["target"] != "cloud"
    assert len(server.bodies) == 1
    for body in server.bodies:
        assert b"41 million" not in body
    assert "sk-secret" not in json.dumps(answer)


def test_ask_local_keeps_everything_here(run: Run, device: Path, server: Answerer) -> None:
    settings(device, server.url, '[route]\nthreshold = "always"')

    assert run("ask", QUESTION, "--local", "--json")["route"]["target"] == "quotes"
    assert not server.bodies
    assert "Asked a larger model" in run("ask", QUESTION)
    assert "can't both" in run("ask", QUESTION, "--local", "--cloud", code=2)


def test_usage_tells_what_was_spent(run: Run, device: Path) -> None:
    assert run("usage", "--json")["usage"] == []
    settings_text = (device / "copilot.toml").read_text()
    (device / "copilot.toml").write_text('[route]\nperson = "ada"\n' + settings_text)
    run("ask", QUESTION, "--cloud", "--json")

    (row,) = run("usage", "--json")["usage"]

    assert (row["endpoint"], row["person"], row["requests"], row["reply_tokens"]) == ("hq", "ada", 1, 12)
    check("usage", json.dumps(run("usage", "--json")))
    assert row["money"] == pytest.approx((row["prompt_tokens"] + 24) / 1e6, abs=1e-6)
    assert "ada" in run("usage")


def test_a_budget_keeps_the_question_here(run: Run, device: Path, server: Answerer) -> None:
    settings(device, server.url, "[route]\ntokens_per_day = 10")

    answer = run("ask", QUESTION, "--cloud", "--json")

    assert answer["route"]["target"] != "cloud"
    assert any("budget" in notice for notice in (answer["route"]["reason"], *answer["notices"]))
    assert not server.bodies


def test_a_question_without_a_network_waits_is_sent_and_told(run: Run, device: Path, server: Answerer) -> None:
    settings(device, "http://127.0.0.1:9/v1")
    asked = run("ask", QUESTION, "--cloud", "--conversation", "c1", "--json")
    (waiting,) = run("route", "queue", "--json")["questions"]
    assert "No question waits" not in run("route", "queue", "list")
    failed = run("route", "queue", "send", code=6)
    settings(device, server.url)

    sent = run("route", "queue", "send", waiting["id"][-6:], "--json")
    shown = run("route", "queue", "show", waiting["id"], "--json")

    assert (asked["status"], asked["route"]["target"]) == ("queued", "queue")
    assert "F0012" in asked["text"]
    assert (waiting["question"], waiting["state"]) == (QUESTION, "waiting")
    check("route-queue", json.dumps({"questions": [waiting, shown]}))
    assert "still wait" in failed
    assert [one["id"] for one in sent["answered"]] == [waiting["id"]]
    assert (shown["state"], shown["answer"]) == ("answered", sent["answered"][0]["text"])
    assert len(server.bodies) == 1
    assert run("route", "queue", "send", "--json")["answered"] == []


def test_the_answer_of_a_question_that_waited_is_told_at_the_next_one(
    run: Run, device: Path, server: Answerer, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(device, "http://127.0.0.1:9/v1", "[route]\nqueue_days = 0.01")
    run("ask", QUESTION, "--cloud")
    import apsw

    connection = apsw.Connection(str(device / "questions.db"))
    connection.execute("UPDATE questions SET expires_at = '2020-01-01T00:00:00.000+00:00'")
    connection.close()

    notices = run("ask", "How much oil does the gearbox hold?", "--local", "--json")["notices"]

    assert any("expired before there was a network" in notice for notice in notices)
    assert run("ask", "How much oil does the gearbox hold?", "--local", "--json")["notices"] != notices, "told once"


def test_a_waiting_question_can_be_cancelled(run: Run, device: Path) -> None:
    settings(device, "http://127.0.0.1:9/v1")
    run("ask", QUESTION, "--cloud")
    (waiting,) = run("route", "queue", "--json")["questions"]

    run("route", "queue", "cancel", waiting["id"])

    assert run("route", "queue", "--json")["questions"][0]["state"] == "cancelled"
    assert "No question has the id" in run("route", "queue", "cancel", "nonsense", code=2)


def test_the_router_is_trained_on_questions_and_shows_its_curve(
    run: Run, device: Path, tmp_path: Path, server: Answerer
) -> None:
    lines = [
        {"id": f"q{n}", "question": question, "must": [[fact]]}
        for n, (question, fact) in enumerate(
            [
                ("What does F0012 mean?", "did not release"),
                ("How much oil does the gearbox hold?", "0.8 l"),
                ("How often is the oil changed?", "5000 hours"),
                ("What voltage does the coil of the brake take?", "24 V"),
            ]
        )
    ]
    # Without a model of its own, and with a calibration that refuses, this device answers nothing.
    (device / "calibration" / "none.json").write_text(json.dumps({"tier": "none", "bias": -5.0}))
    lines += [
        {"id": f"u{n}", "question": question, "kind": "unanswerable"}
        for n, question in enumerate(["Which colour has the gearbox of the brake?", "brake pads supplier", "oil price"])
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))

    learned = run("eval", str(file), "--train-router", "--json")
    shown = run("route", "curve", "--json")

    assert "helped" in learned["fitted_on"]
    assert (learned["curve"][0]["share"], learned["curve"][-1]["share"]) == (0.0, 1.0)
    assert shown["curve"] == learned["curve"]
    assert (device / "router" / "router.json").exists()
    assert "threshold" in run("route", "curve")


def test_training_needs_a_larger_model(run: Run, indexed: Path, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"id": "1", "question": "what"}')

    assert "must be a larger model" in run("eval", str(tmp_path / "q.jsonl"), "--train-router", code=2)


def test_a_malformed_router_or_policy_keeps_everything_here(run: Run, device: Path, server: Answerer) -> None:
    (device / "router").mkdir()
    (device / "router" / "router.json").write_text("{")
    answer = run("ask", QUESTION, "--cloud", "--json")
    assert any("answered on this device" in notice for notice in answer["notices"])
    (device / "router" / "router.json").unlink()
    (device / "privacy.toml").write_text("send = perhaps")
    answer = run("ask", QUESTION, "--cloud", "--json")

    assert answer["route"]["target"] != "cloud"
    assert not server.bodies


def test_what_waits_is_sent_once_a_sync_has_found_a_network(run: Run, device: Path, server: Answerer) -> None:
    from copilot.assembly import send_waiting
    from copilot.settings import Settings

    settings(device, "http://127.0.0.1:9/v1")
    run("ask", QUESTION, "--cloud", "--conversation", "c1")
    assert send_waiting(Settings.load()) == ""
    settings(device, server.url)

    told = send_waiting(Settings.load())

    assert "A question that waited has its answer" in told
    assert send_waiting(Settings.load()) == ""
    (one,) = run("route", "queue", "--json")["questions"]
    assert (one["state"], one["conversation"]) == ("answered", "c1")
    assert len(server.bodies) == 1


def test_hard_questions_go_into_the_outbox_where_the_policy_lets_them(run: Run, device: Path, server: Answerer) -> None:
    settings(device, server.url, '[outbox]\nurl = "http://127.0.0.1:9"')
    run("ask", QUESTION, "--cloud")
    run("ask", "At what price is the takeover of Ventra agreed?", "--cloud")

    items = run("sync", "outbox", "--json")["items"]

    assert [one["kind"] for one in items] == ["question"]
    assert QUESTION in run("sync", "outbox", "--preview")
    (device / "outbox-policy.toml").write_text("[kinds.question]\nsend = false\n")
    run("ask", "How much oil does the gearbox of the H40 hold?", "--cloud")
    assert len(run("sync", "outbox", "--json")["items"]) == 1


def test_an_answer_can_be_rated_in_chat(
    run: Run, device: Path, server: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    said = f"/bad\n{QUESTION}\n/bad It means that the coil is broken.\n/good\n/quit\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(said))
    assert "no hub to tell" in run("chat", "--no-llm")
    settings(device, server.url, '[outbox]\nurl = "http://127.0.0.1:9"')
    monkeypatch.setattr("sys.stdin", io.StringIO(said))

    shown = run("chat", "--no-llm")

    assert "There is no answer yet." in shown
    assert shown.count("Kept for the hub.") == 2
    sent = [item["fields"] for item in json.loads(run("sync", "outbox", "--preview"))["items"]]
    assert [(one["rating"], one["comment"]) for one in sent] == [
        ("bad", "It means that the coil is broken."),
        ("good", ""),
    ]
    assert sent[0]["question"] == QUESTION
