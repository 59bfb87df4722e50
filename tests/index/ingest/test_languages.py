# ruff: noqa: E501 - running text
"""The language of a sample, or none where that isn't clear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.languages import detect_language

SAMPLES = {
    "en": "Before you open the cover, switch off the machine and wait for two minutes, as the capacitors have to be"
    " discharged. If the lamp is still on, the door must not be opened.",
    "de": "Schalten Sie die Maschine ab und warten Sie zwei Minuten, bevor Sie die Abdeckung öffnen, da die Kondensatoren"
    " entladen werden müssen. Wenn die Lampe noch leuchtet, darf die Tür nicht geöffnet werden.",
    "fr": "Avant d'ouvrir le capot, arrêtez la machine et attendez deux minutes pour que les condensateurs se déchargent."
    " Si la lampe est encore allumée, la porte ne doit pas être ouverte.",
    "es": "Antes de abrir la tapa, apague la máquina y espere dos minutos para que se descarguen los condensadores."
    " Si la lámpara está encendida, la puerta no se debe abrir.",
    "it": "Prima di aprire il coperchio, spegnere la macchina e attendere due minuti, perché i condensatori si devono"
    " scaricare. Se la spia è accesa, la porta non deve essere aperta.",
    "pt": "Antes de abrir a tampa, desligue a máquina e espere dois minutos para que os condensadores se descarreguem."
    " Se a lâmpada ainda está acesa, a porta não deve ser aberta.",
    "nl": "Schakel de machine uit en wacht twee minuten voordat u het deksel opent, omdat de condensatoren moeten worden"
    " ontladen. Als de lamp nog brandt, mag de deur niet worden geopend.",
    "sv": "Stäng av maskinen och vänta i två minuter innan locket öppnas, för att kondensatorerna måste laddas ur."
    " Om lampan lyser när det är klart ska dörren inte öppnas.",
    "pl": "Przed otwarciem pokrywy należy wyłączyć maszynę i odczekać dwie minuty, aby kondensatory się rozładowały."
    " Jeśli lampka się świeci, nie otwierać drzwi, ponieważ jest to niebezpieczne.",
    "cs": "Před otevřením krytu vypněte stroj a počkejte dvě minuty, aby se kondenzátory vybily. Pokud se kontrolka"
    " rozsvítí, dveře se nesmí otevřít, protože to je nebezpečné.",
    "fi": "Ennen kuin kansi avataan, kone on sammutettava ja odotettava kaksi minuuttia, että kondensaattorit purkautuvat."
    " Jos lamppu palaa, ovea ei saa avata, koska se on vaarallista.",
    "ru": "Перед открытием крышки выключите машину и подождите две минуты.",
    "uk": "Перед відкриттям кришки вимкніть машину і зачекайте дві хвилини.",
    "el": "Πριν ανοίξετε το κάλυμμα, σβήστε το μηχάνημα και περιμένετε δύο λεπτά.",
    "ja": "カバーを開ける前に機械の電源を切り、二分間お待ちください。",
    "zh": "打开盖子之前，请关闭机器并等待两分钟。",
    "ko": "덮개를 열기 전에 기계를 끄고 2분 동안 기다리십시오.",
}


@pytest.mark.parametrize("code", SAMPLES)
def test_running_text_shows_its_language(code: str) -> None:
    assert detect_language(SAMPLES[code]) == code


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param('F0012 P1121 BR-120 24 V 3/8"', id="identifiers"),
        pytest.param("Pump | 3 | 4.50\nValve | 7 | 2.10\n" * 50, id="a list of parts"),
        pytest.param("".join(f"setp pid.{n}.Pgain {n}\nnet x{n} <= y{n}\n" for n in range(100)), id="code"),
    ],
)
def test_what_has_no_language_is_given_none(text: str) -> None:
    assert detect_language(text) is None


def test_english_terms_do_not_change_the_language_of_a_manual() -> None:
    terms = " Emergency stop, spindle override, feed hold, home all axes, tool length offset, jog mode."

    assert detect_language((SAMPLES["de"] + terms) * 3) == "de"


def test_a_greek_letter_does_not_make_a_manual_greek() -> None:
    assert detect_language(SAMPLES["en"] + " 10 µm, 3 kΩ, angle α, β and γ.") == "en"


@given(st.text(max_size=300))
def test_any_text_has_a_known_language_or_none(text: str) -> None:
    code = detect_language(text)
    assert code is None or len(code) == 2
