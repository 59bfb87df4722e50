"""Conversations, notes and feedback: what is kept."""

from __future__ import annotations

import pytest

from copilot.uploading import Uploading

QUESTION = "what does F0012 mean?"


def _ask(client, conversation: str, question: str = QUESTION) -> dict:
    answer = client.post("/v1/ask", json={"question": question, "conversation": conversation})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_conversation_is_kept_found_exported_and_deleted(no_model) -> None:
    with no_model.client() as client:
        id_ = client.post("/v1/conversations").json()["id"]
        _ask(client, id_)
        _ask(client, id_, "and F0013?")
        opened = client.get(f"/v1/conversations/{id_}").json()
        found = client.get("/v1/conversations", params={"query": "F0013"}).json()["conversations"]
        nothing = client.get("/v1/conversations", params={"query": "hydraulics"}).json()["conversations"]
        exported = client.get(f"/v1/conversations/{id_}/export")
        assert client.delete(f"/v1/conversations/{id_}").json() == {"deleted": id_}
        gone = client.get(f"/v1/conversations/{id_}")

    assert [turn["question"] for turn in opened["turns"]] == [QUESTION, "and F0013?"]
    assert opened["turns"][0]["citations"]
    assert [talk["id"] for talk in found] == [id_]
    assert nothing == []
    assert exported.headers["content-type"].startswith("text/markdown")
    assert QUESTION in exported.text
    assert gone.status_code == 404
    assert gone.headers["content-type"] == "application/problem+json"


def test_a_conversation_is_opened_by_its_whole_id_only(no_model) -> None:
    with no_model.client() as client:
        _ask(client, "3f2a9c1b")

        assert client.get("/v1/conversations/3f2a").status_code == 404
        assert client.delete("/v1/conversations/3f2a").status_code == 404
        assert client.get("/v1/conversations/3f2a9c1b").status_code == 200


def test_an_id_that_could_be_another_s_is_refused(no_model) -> None:
    with no_model.client() as client:
        answer = client.post("/v1/ask", json={"question": QUESTION, "conversation": "3f2a9c1b:x"})

    assert answer.status_code == 422


def test_a_note_is_written_found_changed_and_deleted(no_model) -> None:
    with no_model.client() as client:
        made = client.post(
            "/v1/notes", json={"text": "Coil of BR-120 replaced.", "machine": "press 3", "tags": ["brake"]}
        )
        id_ = made.json()["id"]
        assert [one["id"] for one in client.get("/v1/notes", params={"query": "coil"}).json()["notes"]] == [id_]
        assert [one["id"] for one in client.get("/v1/notes", params={"machine": "Press-3"}).json()["notes"]] == [id_]
        assert client.get("/v1/notes", params={"machine": "press 4"}).json()["notes"] == []
        changed = client.patch(f"/v1/notes/{id_}", json={"text": "Coil replaced, 24 V measured.", "revision": 1})
        late = client.patch(f"/v1/notes/{id_}", json={"text": "Something else.", "revision": 1})
        read = client.get(f"/v1/notes/{id_}").json()
        assert client.delete(f"/v1/notes/{id_}").json()["deleted"] == id_
        gone = client.get(f"/v1/notes/{id_}")

    assert made.status_code == 201
    assert changed.json()["revision"] == 2
    assert changed.json()["machine"] == "press 3"
    assert late.status_code == 409
    assert read["text"] == "Coil replaced, 24 V measured."
    assert gone.status_code == 404


def test_a_note_that_somebody_is_changing_on_the_device_is_not_changed_under_their_hands(no_model) -> None:
    notes = no_model.app.state.services.assembly.notes
    with no_model.client() as client:
        id_ = client.post("/v1/notes", json={"text": "Coil replaced."}).json()["id"]
        draft = notes.revise(id_)
        notes.autosave(draft.model_copy(update={"text": "Coil replaced, and"}))
        notes.flush()
        answer = client.patch(f"/v1/notes/{id_}", json={"text": "Over it."})

    assert answer.status_code == 409
    assert [one.text for one in notes.drafts()] == ["Coil replaced, and"]


def test_a_note_taken_from_a_conversation_is_guarded_like_what_was_said_there(serve) -> None:
    server = serve(**{"notes.access": "internal"})
    with server.client() as client:
        public = client.post("/v1/notes", json={"text": "Seen."}).json()
        client.post("/v1/ask", json={"question": QUESTION, "conversation": "c", "collections": ["logbook"]})
        taken = client.post("/v1/notes", json={"text": "As in the log.", "conversation": "c"}).json()
        unknown = client.post("/v1/notes", json={"text": "Seen.", "conversation": "nowhere"})

    assert public["access"] == "internal"
    assert taken["access"] == "restricted"
    assert unknown.status_code == 404


@pytest.mark.parametrize("body", [{"text": ""}, {"text": "  \n "}, {"machine": "x"}, {"text": "x", "machine": "a\nb"}])
def test_what_is_no_note_is_a_problem(no_model, body: dict) -> None:
    with no_model.client() as client:
        answer = client.post("/v1/notes", json=body)
        assert client.get("/v1/notes").json()["notes"] == []

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_hub_feedback_is_told_that_nobody_will_hear_it(no_model) -> None:
    with no_model.client() as client:
        told = client.post("/v1/feedback", json={"question": QUESTION, "answer": "x", "rating": "bad"}).json()

    assert told["kept"] is False
    assert "outbox.url" in told["notice"]


def _kept(settings) -> list:
    with Uploading(settings) as uploading:
        return [kept.draft for kept in uploading.outbox.items() if kept.draft.kind == "feedback"]


def test_feedback_waits_for_the_hub_with_what_the_answer_was_made_from(serve) -> None:
    server = serve(**{"outbox.url": "http://127.0.0.1:9"})
    with server.client() as client:
        answer = client.post("/v1/ask", json={"question": QUESTION, "collections": ["halden"]}).json()
        told = client.post(
            "/v1/feedback",
            json={"question": QUESTION, "answer": answer["text"], "rating": "bad", "comment": "It means the coil."},
        ).json()

    (draft,) = _kept(server.settings)
    assert told["kept"]
    assert draft.fields["rating"] == "bad"
    assert draft.fields["comment"] == "It means the coil."
    assert draft.fields["collections"] == ["halden"]
    assert {label.value for label in draft.labels} == {"internal"}


def test_feedback_on_an_answer_that_nobody_remembers_counts_as_restricted(serve) -> None:
    server = serve(**{"outbox.url": "http://127.0.0.1:9"})
    with server.client() as client:
        client.post("/v1/feedback", json={"question": QUESTION, "answer": "made up", "rating": "good"})

    (draft,) = _kept(server.settings)
    assert {label.value for label in draft.labels} == {"restricted"}


def test_feedback_after_a_restart_is_tied_to_the_kept_conversation(serve) -> None:
    server = serve(**{"outbox.url": "http://127.0.0.1:9"})
    with server.client() as client:
        answer = client.post(
            "/v1/ask", json={"question": QUESTION, "collections": ["halden"], "conversation": "c"}
        ).json()
        server.app.state.services.recent._answers.clear()  # as after a restart
        body = {"question": QUESTION, "answer": answer["text"], "rating": "bad", "conversation": "c"}
        client.post("/v1/feedback", json=body)

    (draft,) = _kept(server.settings)
    assert {label.value for label in draft.labels} == {"internal"}
