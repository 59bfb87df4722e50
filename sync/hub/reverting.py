"""Taking a change back for everybody: an older generation's content under a new number."""

from __future__ import annotations

from index.errors import UsageError
from sync.format import Publication
from sync.hub.cleaning import clean
from sync.hub.folder import HubFolder
from sync.hub.packing import Packer
from sync.hub.releases import read_manifest
from sync.hub.releasing import TAKEN_BACK, Drafting, Vectors, contents, note_numbers, origins
from sync.hub.report import Published
from sync.hub.rollout import served
from sync.hub.state import HubState


def revert(hub: HubFolder, name: str, number: int | None = None, note: str = "") -> Published:
    """Publish an older generation's content again, for everybody at once.

    Nothing is read or embedded. The sources still hold what was taken back; it isn't published again until they change.
    Its test questions go with it: devices would otherwise refuse the older content for not answering them.

    Args:
        hub: The hub.
        name: Of the collection.
        number: Of the generation; None takes the one before the newest.
        note: For people; empty says what was done.

    Raises:
        UsageError: There is no such generation any more.
        StoreBusy: Another process is changing the hub.
        SyncError, PackError: Files of it are missing or damaged, or a key is.
    """
    with hub.lock(), HubState(hub.state_file) as state:
        settings, signing = hub.settings(), hub.signing()
        settings.collection(name)
        before = served(hub, name)
        older = [release for release in before.releases[:-1] if number in (None, release.number)]
        if not older:
            have = ", ".join(str(release.number) for release in before.releases[:-1]) or "none"
            which = "" if number is None else f" {number}"
            raise UsageError(
                f"“{name}” has no older generation{which}.",
                f"There are: {have}. How many are kept is keep_releases in hub.toml.",
            )
        wanted, unwanted = read_manifest(hub, older[-1]), read_manifest(hub, before.releases[-1])
        packer = Packer(hub, state, name, before, settings.pack_mb << 20)
        packed = packer.again(wanted.documents, wanted.packs)
        vectors = None
        if before.embedder is not None and before.dimensions is not None:
            vectors = Vectors(before.embedder, before.dimensions)
        drafting = Drafting(hub, settings, state, name, before, packer.latest)
        draft = drafting.released(packed, (), vectors, note or f"as {older[-1].number}", "all")
        bad = f"{contents(unwanted.documents)} {origins(packer.origins(unwanted.documents))}"
        # Noted first: were it killed between the two, a publication would bring back what is about to be taken back.
        state.write_note(name, TAKEN_BACK, bad)
        signing.publish({name: draft.publication.encode()})
        publications = [Publication.decode(data) for one in signing.delegated() if (data := signing.publication(one))]
        note_numbers(state, publications)
        clean(hub, state, publications, [name])
        return draft.published
