"""Documents, passages, and pages drawn with a quote marked."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from index.ingest import Ingestor
from index.store import Store


def _found(client, query: str, suffix: str) -> dict:
    passages = client.post("/v1/search", json={"query": query, "k": 20}).json()["passages"]
    return next(passage for passage in passages if passage["document"].endswith(suffix))


def _yellow(png: bytes) -> int:
    """How many pixels are of the marker's colour."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    return sum(1 for red, green, blue in picture.get_flattened_data() if red > 230 and green > 200 and blue < 120)


def test_documents_are_listed_with_where_to_begin_leafing(no_model) -> None:
    with no_model.client() as client:
        documents = client.get("/v1/documents").json()["documents"]
        manual = next(one for one in documents if one["path"].endswith("service-manual.pdf"))
        first = client.get(f"/v1/passages/{manual['first_passage']}").json()

    assert manual["pages"] > 1
    assert manual["media_type"] == "application/pdf"
    assert first["before"] is None
    assert first["document"] == manual["path"]


def test_a_passage_is_opened_in_its_section_with_its_neighbours(no_model) -> None:
    with no_model.client() as client:
        found = _found(client, "F0012", ".pdf")
        opened = client.get(f"/v1/passages/{found['chunk_id']}").json()
        after = client.get(f"/v1/passages/{opened['after']}").json()

    assert opened["text"].split("\n")[-1] in opened["section_text"]
    assert opened["section"] == found["section"]
    assert opened["has_page_image"]
    assert after["before"] == opened["chunk_id"]


def test_leafing_from_the_first_passage_on_reads_the_whole_document(no_model) -> None:
    with no_model.client() as client:
        documents = client.get("/v1/documents").json()["documents"]
        document = next(one for one in documents if one["path"].endswith(".csv"))
        at, read = document["first_passage"], 0
        while at is not None:
            at, read = client.get(f"/v1/passages/{at}").json()["after"], read + 1

    assert read == document["chunks"]


def test_the_page_is_drawn_and_the_quote_is_marked(no_model) -> None:
    with no_model.client() as client:
        found = _found(client, "F0012", ".pdf")
        path = f"/v1/passages/{found['chunk_id']}/page.png"
        plain = client.get(path, params={"width": 500, "page": found["page"]})
        marked = client.get(path, params={"width": 500, "quote": "F0012"})
        strange = client.get(path, params={"width": 500, "page": found["page"], "quote": "words that stand nowhere"})

    assert plain.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(plain.content)).width == 500
    assert _yellow(plain.content) == _yellow(strange.content) == 0
    assert _yellow(marked.content) > 20, "the page that the quote stands on is drawn, though the passage begins before"


def test_another_page_of_the_same_document_can_be_drawn(no_model) -> None:
    with no_model.client() as client:
        found = _found(client, "F0012", ".pdf")
        path = f"/v1/passages/{found['chunk_id']}/page.png"
        own = client.get(path, params={"width": 200})
        other = client.get(path, params={"width": 200, "page": found["page"] + 1})
        beyond = client.get(path, params={"page": 10_000})

    assert own.content != other.content
    assert beyond.status_code == 404


def test_a_picture_that_the_client_has_is_not_sent_again(no_model) -> None:
    with no_model.client() as client:
        path = f"/v1/passages/{_found(client, 'F0012', '.pdf')['chunk_id']}/page.png"
        first = client.get(path, params={"width": 200})
        again = client.get(path, params={"width": 200}, headers={"If-None-Match": first.headers["etag"]})
        larger = client.get(path, params={"width": 300}, headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 304
    assert not again.content
    assert larger.status_code == 200


@pytest.mark.parametrize("suffix", [".html", ".csv", ".md", ".docx"])
def test_where_there_is_no_page_to_draw_the_text_is_pointed_to(no_model, suffix: str) -> None:
    with no_model.client() as client:
        documents = client.get("/v1/documents").json()["documents"]
        first = next(one["first_passage"] for one in documents if one["path"].endswith(suffix))
        answer = client.get(f"/v1/passages/{first}/page.png")
        opened = client.get(f"/v1/passages/{first}").json()

    assert answer.status_code == 404
    assert "text" in answer.json()["remedy"]
    assert not opened["has_page_image"]


def test_a_file_that_was_changed_since_is_not_drawn_as_if_it_were_the_same(serve, indexed, tmp_path: Path) -> None:
    copy = tmp_path / "copy.pdf"
    original = Path(__file__).resolve().parents[3] / "examples" / "manuals" / "tx200-service-manual.pdf"
    shutil.copyfile(original, copy)
    with Store.open(indexed / "index.db") as store:
        Ingestor(store, None).run([copy], collection="copies")
    with serve().client() as client:
        documents = client.get("/v1/documents", params={"collection": "copies"}).json()["documents"]
        path = f"/v1/passages/{documents[0]['first_passage']}"
        assert client.get(path).json()["has_page_image"]
        copy.touch()
        assert client.get(path).json()["has_page_image"], "only its time has changed"
        with copy.open("ab") as file:
            file.write(b"% changed\n")
        assert not client.get(path).json()["has_page_image"]
        assert client.get(path + "/page.png").status_code == 404


def test_what_is_ingested_while_it_runs_is_found(no_model, tmp_path: Path) -> None:
    note = tmp_path / "new.md"
    note.write_text("# Zetaform\n\nThe zetaform valve opens at 7 bar.\n")
    with no_model.client() as client:
        assert client.post("/v1/search", json={"query": "zetaform"}).json()["passages"] == []
        with Store.open(no_model.settings.index_file) as store:
            Ingestor(store, None).run([note], collection="halden")
        found = client.post("/v1/search", json={"query": "zetaform"}).json()["passages"]

    assert "7 bar" in found[0]["text"]


def test_a_passage_that_is_not_there_is_told_so(no_model) -> None:
    with no_model.client() as client:
        for id_ in (0, -1, -(2**50), 2**61):
            assert client.get(f"/v1/passages/{id_}").status_code == 404
        assert client.get(f"/v1/passages/{2**70}").status_code == 422
        assert client.get("/v1/passages/one").status_code == 422
