"""Inside other pages: in a frame of an HMI, as an element of a page from elsewhere, with its methods and events."""

from __future__ import annotations

from playwright.sync_api import expect

from copilot.http.security.keys import KeyFile

FRAME = """<!doctype html><html lang="en"><title>HMI</title><h1>Line 3</h1>
<iframe src="{url}/?machine=TX-200" title="Copilot" width="800" height="480"></iframe>
<script>
  window.heard = [];
  addEventListener("message", (event) => heard.push({{ origin: event.origin, ...event.data }}));
  function ask(question) {{
    document.querySelector("iframe").contentWindow.postMessage({{ type: "edge-copilot-ask", question }}, "{url}");
  }}
</script></html>"""

ELEMENT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>HMI</title>
<script type="module" src="{url}/panel/edge-copilot.js"></script>
<style>edge-copilot {{ height: 480px; }}</style>
<main><h1>Line 3</h1><edge-copilot machine="TX-200" heading="Line 3" {attributes}></edge-copilot></main></html>"""


def test_in_a_frame_of_an_hmi_it_works_and_answers_the_page_around(serve, pages, open_panel) -> None:
    html: list[str] = []
    hmi = pages(html)
    url = serve(**{"serve.frame_ancestors": hmi}).url
    html.append(FRAME.format(url=url))
    panel = open_panel(hmi)
    frame = panel.page.frame_locator("iframe")
    expect(frame.locator(".panel")).to_have_attribute("data-state", "here")

    panel.page.evaluate("ask('what does F0012 mean?')")

    expect(frame.locator(".answer")).to_contain_text("Brake BR-120 does not release")
    panel.comes("heard.some((one) => one.type === 'edge-copilot-answer')")
    heard = panel.page.evaluate("heard.find((one) => one.type === 'edge-copilot-answer')")
    assert heard["origin"] == url
    assert heard["detail"]["answer"]["status"] == "grounded"


def test_a_frame_of_a_page_that_is_not_named_stays_empty(no_model, pages, open_panel) -> None:
    hmi = pages([FRAME.format(url=no_model.url)])
    panel = open_panel(hmi)

    panel.comes("document.querySelector('iframe').contentWindow.length === 0")
    expect(panel.page.frame_locator("iframe").locator("edge-copilot")).to_have_count(0)
    assert any("frame-ancestors" in error for error in panel.watch.errors)
    panel.watch.errors.clear()


def test_a_page_from_elsewhere_uses_the_element_with_a_key(serve, indexed, pages, open_panel) -> None:
    _, key = KeyFile.of(indexed).add("line 3", ("ask",))
    html: list[str] = []
    hmi = pages(html)
    url = serve(**{"serve.keys": "always", "serve.allowed_origins": hmi}).url
    html.append(ELEMENT.format(url=url, attributes=f'key="{key}"'))

    panel = open_panel(hmi)

    expect(panel.page.locator("edge-copilot h1")).to_have_text("Line 3TX-200")
    answer = panel.call("(element, question) => element.ask(question)", "what does F0012 mean?")
    assert answer["status"] == "grounded"
    expect(panel.page.locator("canvas")).to_be_visible()


def test_events_come_out_and_methods_go_in(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    panel.page.evaluate(
        """() => {
          window.events = [];
          for (const name of ["evidence", "answer", "error", "cancel"]) {
            document.body.addEventListener(`edge-copilot-${name}`, (event) => events.push([name, event.detail]));
          }
        }"""
    )

    answer = panel.call("(element) => element.ask('what does F0012 mean?')")

    events = panel.page.evaluate("window.events")
    assert [name for name, _ in events] == ["evidence", "answer"]
    assert events[1][1]["answer"] == answer
    panel.call("(element) => element.show('notes')")
    expect(panel.page.get_by_role("tab", name="Notes")).to_have_attribute("aria-selected", "true")
    chunk = events[0][1]["passages"][0]["chunk_id"]
    panel.call("(element, chunk) => element.open(chunk, 'Brake BR-120 does not release')", chunk)
    expect(panel.page.locator(".evidence h2")).to_have_text("7.2 Fault codes")


def test_only_the_collections_that_the_page_names_are_asked(no_model, open_panel) -> None:
    panel = open_panel(no_model.url, query="collections=logbook")

    with panel.page.expect_request("**/v1/ask") as asked:
        panel.ask("what does F0012 mean?")

    assert asked.value.post_data_json["collections"] == ["logbook"]
    panel.has_answered()


def test_a_question_in_the_address_is_asked_once(no_model, open_panel) -> None:
    panel = open_panel(no_model.url, query="ask=what+does+F0012+mean&machine=TX-200")
    panel.has_answered()
    expect(panel.answer).to_contain_text("Brake BR-120 does not release")

    panel.page.reload()

    expect(panel.page.locator(".welcome")).to_be_visible()
    assert panel.page.url.endswith("/?machine=TX-200")


def test_a_key_in_the_address_s_fragment_is_used_and_taken_away(serve, indexed, open_panel) -> None:
    _, key = KeyFile.of(indexed).add("line 3", ("ask",))
    url = serve(**{"serve.keys": "always"}).url

    panel = open_panel(url, path=f"/#key={key}")

    expect(panel.page.locator(".panel")).to_have_attribute("data-state", "here")
    assert key not in panel.page.url


def test_who_has_no_key_is_asked_for_one(serve, indexed, open_panel) -> None:
    _, key = KeyFile.of(indexed).add("line 3", ("ask",))
    panel = open_panel(serve(**{"serve.keys": "always"}).url)
    field = panel.page.get_by_label("Access key")
    expect(field).to_be_focused()

    field.fill("ec-1234-wrong")
    field.press("Enter")
    expect(panel.page.get_by_text("This key isn't valid.")).to_be_visible()
    field.fill(key)
    field.press("Enter")

    expect(field).to_have_count(0)
    panel.ask("what does F0012 mean?")
    panel.has_answered()


def test_a_key_that_does_not_allow_something_is_told_so(serve, indexed, open_panel) -> None:
    _, key = KeyFile.of(indexed).add("reader", ("read",))
    panel = open_panel(serve(**{"serve.keys": "always"}).url, path=f"/#key={key}")
    expect(panel.page.locator(".panel")).to_have_attribute("data-state", "here")

    panel.ask("what does F0012 mean?")

    expect(panel.turn.locator(".problem")).to_contain_text("This key doesn't allow that.")


def test_the_element_can_be_taken_out_and_put_back(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    expect(panel.page.locator(".panel")).to_have_attribute("data-state", "here")

    panel.call("(element) => { const place = element.parentNode; element.remove(); place.append(element); }")

    panel.ask("what does F0012 mean?")
    panel.has_answered()
