"""Deutsch, wie es in der Werkstatt gesprochen wird: German as a technician says it."""

from __future__ import annotations

from typing import Final

from copilot.voice.spoken.base import SpokenLanguage, UnitWords

_MONTHS: Final = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
_SAID_AS_WORDS: Final = frozenset(
    {
        *("AN", "AUS", "EIN", "AUF", "ZU", "ZUM", "ZUR", "DER", "DIE", "DAS", "DEM", "DEN", "UND", "ODER"),
        *("NUR", "NIE", "NOT", "IST", "MIT", "BEI", "VON", "VOR", "IM", "IN", "JA", "ES", "ER", "SIE"),
        *("DIN", "ISO", "CAN", "RAM", "ROM", "LAN", "PIN", "MAX", "MIN", "TOR", "TAG", "ROT", "NEU", "ALT"),
    }
)


def _words(number: int, to: str = "cardinal") -> str:
    from num2words import num2words  # of the voice extra

    words: str = num2words(number, to=to, lang="de")
    return words


def cardinal(number: int) -> str:
    """1250: eintausendzweihundertfünfzig."""
    return _words(number)


def date(year: int | None, month: int, day: int) -> str:
    """2026, 11, 25: fünfundzwanzigster November zweitausendsechsundzwanzig."""
    said = f"{_words(day, to='ordinal')}r {_MONTHS[month - 1]}"
    return said if year is None else f"{said} {_words(year, to='year')}"


def time(hour: int, minute: int, second: int | None) -> str:
    """14, 5: vierzehn Uhr fünf."""
    said = f"{'ein' if hour == 1 else cardinal(hour)} Uhr"
    if minute:
        said += f" {cardinal(minute)}"
    if second is None:
        return said
    return f"{said} und {'eine Sekunde' if second == 1 else f'{cardinal(second)} Sekunden'}"


def fraction(numerator: int, denominator: int) -> str:
    """3, 8: drei Achtel."""
    if denominator == 2:
        return "ein halb" if numerator == 1 else f"{cardinal(numerator)} Halbe"
    ordinal = _words(denominator, to="ordinal")
    part = ordinal.removesuffix("e").removesuffix("t").removesuffix("s") if denominator >= 20 else ordinal
    part = f"{part}stel" if denominator >= 20 else f"{part.removesuffix('e')}el"
    return f"{'ein' if numerator == 1 else cardinal(numerator)} {part.capitalize()}"


def hundreds(number: int) -> str:
    """1200: zwölfhundert."""
    return cardinal(number) if number % 1000 == 0 else f"{cardinal(number // 100)}hundert"


def _units() -> dict[str, UnitWords]:
    same = {
        "Nm": "Newtonmeter", "kNm": "Kilonewtonmeter", "Ncm": "Newtonzentimeter", "mNm": "Millinewtonmeter",
        "lbf": "Pfund Kraft", "N": "Newton", "kN": "Kilonewton", "daN": "Dekanewton",
        "mm": "Millimeter", "cm": "Zentimeter", "dm": "Dezimeter", "m": "Meter", "km": "Kilometer",
        "µm": "Mikrometer", "nm": "Nanometer", "in": "Zoll", "ft": "Fuß", "yd": "Yard",
        "mm2": "Quadratmillimeter", "cm2": "Quadratzentimeter", "m2": "Quadratmeter",
        "mm3": "Kubikmillimeter", "cm3": "Kubikzentimeter", "m3": "Kubikmeter",
        "V": "Volt", "mV": "Millivolt", "kV": "Kilovolt", "VAC": "Volt Wechselspannung", "VDC": "Volt Gleichspannung",
        "A": "Ampere", "mA": "Milliampere", "µA": "Mikroampere", "kA": "Kiloampere",
        "W": "Watt", "mW": "Milliwatt", "kW": "Kilowatt", "MW": "Megawatt", "VA": "Voltampere", "kVA": "Kilovoltampere",
        "J": "Joule", "kJ": "Kilojoule", "Ω": "Ohm", "mΩ": "Milliohm", "kΩ": "Kiloohm", "MΩ": "Megaohm",
        "F": "Farad", "mF": "Millifarad", "µF": "Mikrofarad", "nF": "Nanofarad", "pF": "Pikofarad",
        "H": "Henry", "mH": "Millihenry", "µH": "Mikrohenry", "T": "Tesla", "mT": "Millitesla",
        "Hz": "Hertz", "kHz": "Kilohertz", "MHz": "Megahertz", "GHz": "Gigahertz", "hp": "PS",
        "°C": "Grad Celsius", "°F": "Grad Fahrenheit", "K": "Kelvin", "°": "Grad", "rad": "Radiant",
        "mrad": "Milliradiant", "bar": "Bar", "mbar": "Millibar", "Pa": "Pascal", "hPa": "Hektopascal",
        "kPa": "Kilopascal", "MPa": "Megapascal", "psi": "P S I", "%": "Prozent", "ppm": "Teile pro Million",
        "‰": "Promille", "g": "Gramm", "kg": "Kilogramm", "mg": "Milligramm", "µg": "Mikrogramm", "lbs": "Pfund",
        "l": "Liter", "ml": "Milliliter", "cl": "Zentiliter", "l/min": "Liter pro Minute", "l/h": "Liter pro Stunde",
        "m3/h": "Kubikmeter pro Stunde", "m/s": "Meter pro Sekunde", "mm/s": "Millimeter pro Sekunde",
        "cm/s": "Zentimeter pro Sekunde", "km/h": "Kilometer pro Stunde", "m/min": "Meter pro Minute",
        "mm/min": "Millimeter pro Minute", "m/s2": "Meter pro Sekunde Quadrat",
        "mm/s2": "Millimeter pro Sekunde Quadrat", "mm/rev": "Millimeter pro Umdrehung", "g/l": "Gramm pro Liter",
        "kg/m3": "Kilogramm pro Kubikmeter", "bits": "Bit", "bytes": "Byte", "kB": "Kilobyte", "MB": "Megabyte",
        "GB": "Gigabyte", "TB": "Terabyte", "kbit/s": "Kilobit pro Sekunde", "Mbit/s": "Megabit pro Sekunde",
        "Gbit/s": "Gigabit pro Sekunde", "MB/s": "Megabyte pro Sekunde", "baud": "Baud", "dB": "Dezibel",
        "dBm": "D B M", "dB(A)": "Dezibel A", "lx": "Lux", "lm": "Lumen", "px": "Pixel", "dpi": "D P I",
        "AWG": "A W G", "KiB": "Kibibyte", "MiB": "Mebibyte", "GiB": "Gibibyte", "teeth": "Zähne",
    }  # fmt: skip
    units = {unit: UnitWords(said, said, "ein") for unit, said in same.items()}
    feminine = {
        "s": ("Sekunde", "Sekunden"), "ms": ("Millisekunde", "Millisekunden"), "µs": ("Mikrosekunde", "Mikrosekunden"),
        "ns": ("Nanosekunde", "Nanosekunden"), "min": ("Minute", "Minuten"), "h": ("Stunde", "Stunden"),
        "weeks": ("Woche", "Wochen"), "Wh": ("Wattstunde", "Wattstunden"), "kWh": ("Kilowattstunde", "Kilowattstunden"),
        "Ah": ("Amperestunde", "Amperestunden"), "mAh": ("Milliamperestunde", "Milliamperestunden"),
        "rpm": ("Umdrehung pro Minute", "Umdrehungen pro Minute"), "t": ("Tonne", "Tonnen"), "oz": ("Unze", "Unzen"),
        "gal": ("Gallone", "Gallonen"), "turns": ("Umdrehung", "Umdrehungen"),
    }  # fmt: skip
    units |= {unit: UnitWords(one, many, "eine") for unit, (one, many) in feminine.items()}
    masculine = {
        "days": ("Tag", "Tage"), "months": ("Monat", "Monate"), "cycles": ("Zyklus", "Zyklen"),
        "pulses": ("Impuls", "Impulse"), "years": ("Jahr", "Jahre"),
    }  # fmt: skip
    return units | {unit: UnitWords(one, many, "ein") for unit, (one, many) in masculine.items()}


GERMAN: Final = SpokenLanguage(
    code="de",
    comma_is_decimal=True,
    cardinal=cardinal,
    date=date,
    time=time,
    fraction=fraction,
    hundreds=hundreds,
    units=_units(),
    abbreviations={
        "z.b.": "zum Beispiel", "z. b.": "zum Beispiel", "d.h.": "das heißt", "d. h.": "das heißt",
        "u.a.": "unter anderem",
        "u. a.": "unter anderem", "ca.": "circa", "bzw.": "beziehungsweise", "ggf.": "gegebenenfalls",
        "evtl.": "eventuell", "inkl.": "inklusive", "zzgl.": "zuzüglich", "usw.": "und so weiter", "vgl.": "vergleiche",
        "sog.": "sogenannt", "max.": "maximal", "min.": "mindestens", "nr.": "Nummer", "abb.": "Abbildung",
        "bild": "Bild", "s.": "Seite", "kap.": "Kapitel", "tab.": "Tabelle", "pos.": "Position", "art.": "Artikel",
        "bspw.": "beispielsweise", "o.ä.": "oder ähnlich", "i.d.r.": "in der Regel", "mind.": "mindestens",
        "allg.": "allgemein", "temp.": "Temperatur", "spez.": "spezifisch", "stk.": "Stück", "std.": "Stunden",
        "sek.": "Sekunden", "umdr.": "Umdrehungen", "dr.": "Doktor", "bez.": "Bezeichnung", "vs.": "gegen",
        "e/a": "E A", "i/o": "I O", "und/oder": "und oder", "resp.": "respektive", "lt.": "laut",
    },
    signs={
        "≤": "höchstens", "≥": "mindestens", "<": "kleiner als", ">": "größer als", "≈": "etwa", "~": "etwa",
        "≠": "ungleich", "=": "gleich", "×": "mal", "·": "mal", "→": "dann", "⇒": "dann", "Ø": "Durchmesser",
        "⌀": "Durchmesser", "&": "und", "§": "Paragraf", "©": "", "®": "", "™": "", "•": "", "✓": "ja",
        "∞": "unendlich", "√": "Wurzel", "Δ": "Delta", "Σ": "Summe", "π": "Pi", "µ": "Mikro", "+": "plus",
        "#": "Nummer", "/": ",",
    },
    capitals=_SAID_AS_WORDS,
    joints={"-": "", "_": "Unterstrich", ".": "Punkt", "/": "Schrägstrich", "+": "plus", ":": "", "#": "", "*": "mal"},
    words={
        "point": "Komma", "minus": "minus", "plus": "plus", "plus_minus": "plus minus", "to": "bis", "by": "mal",
        "ratio": "zu", "step": "Schritt {}:", "hex": "hex", "unverified": "vom Handbuch nicht bestätigt",
        "address": "die Internetadresse", "dot": "Punkt", "inch": "Zoll", "pages": "Seiten",
    },
)  # fmt: skip
