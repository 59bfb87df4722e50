"""The ``models.toml`` that is shipped."""

from __future__ import annotations

import re

import pytest

from copilot.catalogue import Catalogue
from copilot.catalogue.schema import PackageSource

SHIPPED = Catalogue.load()
DEFAULTS = [entry for entry in SHIPPED if entry.default]


@pytest.mark.parametrize("entry", DEFAULTS, ids=lambda entry: entry.id)
def test_every_file_of_a_default_is_known_by_size_and_hash(entry):
    assert all(file.bytes and file.sha256 for file in entry.files)


@pytest.mark.parametrize("entry", DEFAULTS, ids=lambda entry: entry.id)
def test_a_default_comes_first_of_all_from_pinned_packages_and_from_them_alone(entry):
    first = entry.sources[0]

    assert isinstance(first, PackageSource)
    assert first.file_names() == {file.name for file in entry.files}


@pytest.mark.parametrize(
    ("role", "tier", "form", "sha256"),
    [
        ("chat", None, None, "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"),
        ("chat", "small", None, "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"),
        ("chat", "tiny", None, "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
        ("embedding", None, None, "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"),
        (
            "embedding",
            None,
            "sentence-transformers",
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        ("speech-to-text", None, None, "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"),
        ("text-to-speech", None, None, "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06"),
    ],
)
def test_the_defaults_are_the_measured_models(role, tier, form, sha256):
    assert SHIPPED.default(role, tier, form).files[0].sha256 == sha256


def test_every_model_has_a_source_for_every_file():
    for entry in SHIPPED:
        covered = frozenset[str]().union(*(entry.covered_by(source) for source in entry.sources))

        assert covered == {file.name for file in entry.files}, entry.id


def test_parts_are_listed_in_their_order():
    for entry in SHIPPED:
        for source in entry.sources:
            if isinstance(source, PackageSource):
                numbers = [int(n) for p in source.packages for n in re.findall(r"part(\d+)$", p.name)]

                assert numbers == sorted(numbers)


def test_no_file_comes_unhashed_over_an_unprotected_line():
    assert SHIPPED.hub_url.startswith("https://")
