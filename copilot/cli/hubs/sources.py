"""`edge-copilot hub add-source` and `remove-source`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.hubs.parts import hub_argument, open_hub
from copilot.cli.output import printable, write_json
from index.errors import UsageError

_TYPES = ("folder", "git", "bucket", "web", "sitemap", "webdav", "listing")


@click.command("add-source")
@hub_argument
@click.argument("location", metavar="PATH_OR_URL")
@click.option("--collection", required=True, metavar="NAME", help="Where its documents go; made where it is missing.")
@click.option(
    "--access",
    type=click.Choice(["public", "internal", "restricted"]),
    help="Who may see a new collection. Default: internal.",
)
@click.option(
    "--kind",
    type=click.Choice(["documents", "files"]),
    help="files: models, prompts, settings, sent as they are. Default: documents.",
)
@click.option("--type", "type_", type=click.Choice(_TYPES), help="How to read it. Default: as its address looks.")
@click.option("--include", multiple=True, metavar="GLOB", help="Only these: '*.pdf', 'presses/**'. May be repeated.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Not these: 'drafts/'. May be repeated.")
@click.option("--prefix", metavar="TEXT", help="Stands before its documents' paths in the collection: 'presses/'.")
@click.option("--language", metavar="xx", help="Language of all of its documents. Default: detected.")
@click.option("--owner", metavar="TEXT", help="Who stands for it.")
@click.option("--review-by", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Until when.")
@click.option("--revision", metavar="TEXT", help="As the owner calls its present state: 'C'.")
@click.option("--ref", metavar="NAME", help="Branch or tag of a git repository.")
@click.option("--subfolder", metavar="PATH", help="Only what is below, of a git repository.")
@click.option("--username", metavar="NAME", help="For an address that asks for one.")
@click.option("--password-env", metavar="NAME", help="Environment variable with the password.")
@click.option("--token-env", metavar="NAME", help="Environment variable with a bearer token.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="For a bucket: endpoint_url=https://…")
@click.option("--max-files", type=click.IntRange(1), metavar="N", help="Refuse a source with more. Default: 200,000.")
@click.option("--id", "source_id", metavar="NAME", help="Names the source. Default: the collection and a number.")
@json_option
@pass_app
def add_source(
    app: App,
    /,
    hub_dir: Path,
    location: str,
    collection: str,
    access: str | None,
    kind: str | None,
    type_: str | None,
    options: tuple[str, ...],
    source_id: str | None,
    review_by: datetime | None,
    as_json: bool,
    **said: Any,  # noqa: ANN401 - the other options are the source's settings by their names
) -> None:
    """Say where a collection's documents come from; `publish` fetches them.

    PATH_OR_URL is a folder or file, a git repository, a bucket (s3://…, gs://…), a web page whose links are followed, a
    sitemap, a WebDAV address or a web server's listing. The same address again changes what was said of it.

    \b
    Examples:
      edge-copilot hub add-source /srv/hub /srv/manuals/presses --collection presses
      edge-copilot hub add-source /srv/hub https://git.example.com/sops.git --collection sops --include '*.md'
      edge-copilot hub add-source /srv/hub s3://manuals/valves --collection valves --option endpoint_url=https://s3.local
      edge-copilot hub add-source /srv/hub https://docs.example.com/x9/ --collection x9 --access public
      edge-copilot hub add-source /srv/hub /srv/models --collection models --kind files
    """
    from pydantic import ValidationError

    from sync.hub.settings import CollectionSettings, SourceSettings, collection_name
    from sync.hub.sources import guess_type

    name = collection_name(collection)
    if "://" in location and urlsplit(location).password:
        raise UsageError(
            "A password in an address would stand in hub.toml for all to read.", "Use --username and --password-env."
        )
    if Path(location).exists():
        location = str(Path(location).resolve())
    hub = open_hub(hub_dir)
    found_type = type_ or guess_type(location)
    with hub.lock():
        settings = hub.settings()
        known = settings.collections.get(name)
        if known is None:
            known = CollectionSettings.model_validate({"access": access or "internal", "kind": kind or "documents"})
            settings = settings.with_collection(name, known)
        elif access not in (None, known.access.value) or kind not in (None, known.kind):
            raise UsageError(
                f"The collection “{name}” is {known.access.value} and of the kind {known.kind}.",
                "Change its access in hub.toml, or name another collection.",
            )
        before = next((one for one in settings.sources_of(name) if one.location == location), None)
        values = before.model_dump() if before else {}
        values |= {key: value for key, value in said.items() if value not in (None, ())}
        values |= {"collection": name, "type": found_type, "location": location}
        values["id"] = source_id or (before.id if before else _free_id(name, {one.id for one in settings.sources}))
        if review_by is not None:
            values["review_by"] = review_by.date()
        if options:
            values["options"] = dict(_pair(option) for option in options)
        try:
            source = SourceSettings.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise UsageError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
        settings = settings.with_source(source)
        settings.write(hub.settings_file)
    if as_json:
        write_json(source.model_dump(mode="json", exclude_defaults=True) | {"access": known.access, "kind": known.kind})
        return
    verb = "Changed" if before else "Added"
    click.echo(printable(f"{verb} {source.id}: {source.type} {location}, for {name} ({known.access.value})."))
    click.echo(printable(f"Publish it with: edge-copilot hub publish {hub_dir}"))


@click.command("remove-source")
@hub_argument
@click.argument("source_id", metavar="SOURCE")
@json_option
@pass_app
def remove_source(app: App, hub_dir: Path, source_id: str, as_json: bool) -> None:
    """Take a source out, by its id or its address; the next `publish` takes its documents away from devices.

    \b
    Example:
      edge-copilot hub remove-source /srv/hub presses-2
    """
    import shutil

    hub = open_hub(hub_dir)
    with hub.lock():
        settings = hub.settings()
        places = {source_id, str(Path(source_id).resolve())}
        meant = [source.id for source in settings.sources if source.location in places]
        source = settings.source(meant[0] if len(meant) == 1 else source_id)
        settings.without_source(source.id).write(hub.settings_file)
        shutil.rmtree(hub.mirror(source.id).parent, ignore_errors=True)
        from sync.hub.state import HubState

        with HubState(hub.state_file) as state, state.transaction() as connection:
            connection.execute("DELETE FROM mirrored WHERE source = ?", (source.id,))
            connection.execute("DELETE FROM refreshes WHERE source = ?", (source.id,))
    if as_json:
        write_json({"removed": source.id, "collection": source.collection})
    else:
        click.echo(printable(f"Removed {source.id} ({source.location}) from {source.collection}."))


def _free_id(collection: str, taken: set[str]) -> str:
    number = 1
    while f"{collection[:50]}-{number}" in taken:
        number += 1
    return f"{collection[:50]}-{number}"


def _pair(option: str) -> tuple[str, str | bool]:
    key, sign, value = option.partition("=")
    if not sign:
        raise UsageError(f"“{option}” is not KEY=VALUE.")
    return key, {"true": True, "false": False}.get(value.lower(), value)
