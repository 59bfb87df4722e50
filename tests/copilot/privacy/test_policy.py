"""``privacy.toml``: read strictly; with a policy that can't be read nothing is sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from copilot.privacy.policy import POLICY_NAME, PrivacyPolicy, find_policy
from index.errors import UsageError


def load(tmp_path: Path, text: str) -> PrivacyPolicy:
    path = tmp_path / POLICY_NAME
    path.write_text(text, encoding="utf-8")
    return PrivacyPolicy.load(path)


def test_without_a_file_nothing_goes_alone_and_everything_personal_is_replaced(tmp_path: Path) -> None:
    assert find_policy(tmp_path) is None

    policy = PrivacyPolicy.load(None)

    assert (policy.send, policy.question_only, policy.conversation) == (True, False, True)
    assert {"mail", "phone", "iban", "card", "name", "patient"} <= set(policy.pseudonymise.personal)


def test_the_policy_of_the_data_directory_holds(tmp_path: Path) -> None:
    load(tmp_path, "send = false")

    assert PrivacyPolicy.load(find_policy(tmp_path)).send is False


def test_a_list_of_names_stands_beside_it(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Anna Long\n\n  Smith \n", encoding="utf-8")

    assert load(tmp_path, '[pseudonymise]\nnames_file = "names.txt"').names() == ["Anna Long", "Smith"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("send = maybe", "is no TOML"),
        ("sned = true", "sned"),
        ("[never]\nkeyword = ['x']", "never.keyword"),
        ("[never]\npatterns = ['(']", "no regular expression"),
        ("[never]\npatterns = ['x*']", "where there is nothing"),
        ("[never]\nkeywords = [' ']", "never.keywords"),
        ("[pseudonymise]\npersonal = ['shoe size']", "pseudonymise.personal"),
        ("[[pseudonymise.patterns]]\nname = 'Badge 1'\npattern = 'x'", "pseudonymise.patterns"),
        ("[pseudonymise]\nnames_file = 'nowhere.txt'", "can't be read"),
        ("question_only = 'perhaps'", "question_only"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)

    assert said in caught.value.message
    assert "answered on this device" in caught.value.remedy


def test_a_file_that_is_no_text_or_too_large_is_no_policy(tmp_path: Path) -> None:
    path = tmp_path / POLICY_NAME
    for content in (b"\xff\xfe\x00", b"#" * (2 << 20)):
        path.write_bytes(content)
        with pytest.raises(UsageError):
            PrivacyPolicy.load(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(UsageError):
        PrivacyPolicy.load(find_policy(tmp_path))


def test_the_policy_in_the_documentation_is_the_default_one(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "privacy.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)

    assert load(tmp_path, written) == PrivacyPolicy()
    (tmp_path / "names.txt").write_text("Smith", encoding="utf-8")
    commented = re.sub(r"^# ((?:\[\[)?[a-z])", r"\1", written, flags=re.MULTILINE)
    policy = load(tmp_path, commented)
    assert policy.names() == ["Smith"]
    assert [one.name for one in policy.pseudonymise.patterns] == ["badge"]
