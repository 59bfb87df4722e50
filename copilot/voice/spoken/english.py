"""English as a technician says it."""

from __future__ import annotations

from typing import Final

from copilot.voice.spoken.base import SpokenLanguage, UnitWords

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

_SAID_AS_WORDS: Final = frozenset(
    {
        *("A", "I", "ON", "OFF", "NOT", "AND", "OR", "NO", "YES", "TO", "OF", "IN", "IS", "IT"),
        *("AT", "BY", "UP", "DO", "GO", "IF", "BE", "ALL", "ANY", "FOR", "THE", "USE", "SET", "RUN"),
        *("END", "MAX", "MIN", "PIN", "DIN", "ISO", "CAN", "RAM", "ROM", "LAN", "WAN", "NEW", "OLD", "OUT"),
        *("LOW", "TOP", "ARE", "MAY", "CUT", "HOT", "WET", "DRY", "RED"),
    }
)


def _words(number: int, to: str = "cardinal") -> str:
    from num2words import num2words  # of the voice extra

    words: str = num2words(number, to=to)
    return words


def cardinal(number: int) -> str:
    """1250: one thousand two hundred and fifty."""
    words = _words(number)
    return words.replace(",", "")


def ordinal(number: int) -> str:
    """21: twenty-first."""
    words = _words(number, to="ordinal")
    return words.replace(",", "")


def date(year: int | None, month: int, day: int) -> str:
    """2026, 11, 25: the twenty-fifth of November twenty twenty-six."""
    said = f"the {ordinal(day)} of {_MONTHS[month - 1]}"
    return said if year is None else f"{said} {_words(year, to='year')}"


def time(hour: int, minute: int, second: int | None) -> str:
    """14, 5: fourteen oh five."""
    minutes = "hundred" if not minute else f"oh {cardinal(minute)}" if minute < 10 else cardinal(minute)
    if not minute:
        return f"{cardinal(hour)} o'clock" if second is None else f"{cardinal(hour)} o'clock and {seconds(second)}"
    said = f"{cardinal(hour)} {minutes}"
    return said if second is None else f"{said} and {seconds(second)}"


def seconds(number: int) -> str:
    """1: one second."""
    return f"{cardinal(number)} second{'' if number == 1 else 's'}"


def fraction(numerator: int, denominator: int) -> str:
    """3, 8: three eighths."""
    if denominator == 2:
        part = "half" if numerator == 1 else "halves"
    elif denominator == 4:
        part = "quarter" if numerator == 1 else "quarters"
    else:
        part = ordinal(denominator) + ("" if numerator == 1 else "s")
    return f"{cardinal(numerator)} {part}"


def hundreds(number: int) -> str:
    """1200: twelve hundred."""
    return cardinal(number) if number % 1000 == 0 else f"{cardinal(number // 100)} hundred"


def _units() -> dict[str, UnitWords]:
    plain = {
        "Nm": "newton metre", "kNm": "kilonewton metre", "Ncm": "newton centimetre", "mNm": "millinewton metre",
        "ft-lb": "foot-pound", "in-lb": "inch-pound", "lbf": "pound-force",
        "N": "newton", "kN": "kilonewton", "daN": "decanewton",
        "mm": "millimetre", "cm": "centimetre", "dm": "decimetre", "m": "metre", "km": "kilometre",
        "µm": "micrometre", "nm": "nanometre", "mil": "mil", "yd": "yard",
        "mm2": "square millimetre", "cm2": "square centimetre", "m2": "square metre",
        "mm3": "cubic millimetre", "cm3": "cubic centimetre", "m3": "cubic metre",
        "V": "volt", "mV": "millivolt", "kV": "kilovolt", "A": "amp", "mA": "milliamp", "µA": "microamp",
        "kA": "kiloamp", "W": "watt", "mW": "milliwatt", "kW": "kilowatt", "MW": "megawatt", "VA": "volt-amp",
        "kVA": "kilovolt-amp", "Wh": "watt-hour", "kWh": "kilowatt-hour", "Ah": "amp-hour", "mAh": "milliamp-hour",
        "J": "joule", "kJ": "kilojoule", "Ω": "ohm", "mΩ": "milliohm", "kΩ": "kiloohm", "MΩ": "megaohm",
        "F": "farad", "mF": "millifarad", "µF": "microfarad", "nF": "nanofarad", "pF": "picofarad", "mT": "millitesla",
        "ms": "millisecond", "s": "second", "µs": "microsecond", "ns": "nanosecond", "min": "minute", "h": "hour",
        "days": "day", "weeks": "week", "months": "month", "years": "year",
        "°": "degree", "rad": "radian", "mrad": "milliradian", "Pa": "pascal", "hPa": "hectopascal",
        "kPa": "kilopascal", "MPa": "megapascal", "mbar": "millibar",
        "g": "gram", "kg": "kilogram", "mg": "milligram", "µg": "microgram", "t": "tonne", "lbs": "pound",
        "oz": "ounce",
        "l": "litre", "ml": "millilitre", "cl": "centilitre", "gal": "gallon",
        "bits": "bit", "bytes": "byte", "kB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte",
        "KiB": "kibibyte", "MiB": "mebibyte", "GiB": "gibibyte", "dB": "decibel", "lm": "lumen", "px": "pixel",
        "times": "time", "cycles": "cycle", "turns": "turn", "pulses": "pulse",
    }  # fmt: skip
    units = {unit: UnitWords(one, one + "s") for unit, one in plain.items()}
    same = {
        "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz", "hp": "horsepower",
        "VAC": "volts A C", "VDC": "volts D C", "rpm": "R P M", "bar": "bar", "psi": "P S I", "K": "kelvin",
        "%": "percent", "ppm": "parts per million", "‰": "per thousand", "H": "henry", "mH": "millihenry",
        "µH": "microhenry", "T": "tesla", "dBm": "D B M", "dB(A)": "decibels A", "lx": "lux", "dpi": "D P I",
        "AWG": "A W G", "baud": "baud", "teeth": "teeth", "gpm": "gallons per minute", "cfm": "cubic feet per minute",
    }  # fmt: skip
    units |= {unit: UnitWords(said, said) for unit, said in same.items()}
    per = {
        "l/min": ("litre", "minute"), "l/h": ("litre", "hour"), "m3/h": ("cubic metre", "hour"),
        "m/s": ("metre", "second"), "mm/s": ("millimetre", "second"), "cm/s": ("centimetre", "second"),
        "km/h": ("kilometre", "hour"), "m/min": ("metre", "minute"), "mm/min": ("millimetre", "minute"),
        "m/s2": ("metre", "second squared"), "mm/s2": ("millimetre", "second squared"),
        "mm/rev": ("millimetre", "revolution"), "g/l": ("gram", "litre"), "kg/m3": ("kilogram", "cubic metre"),
        "kbit/s": ("kilobit", "second"), "Mbit/s": ("megabit", "second"), "Gbit/s": ("gigabit", "second"),
        "MB/s": ("megabyte", "second"),
    }  # fmt: skip
    units |= {unit: UnitWords(f"{one} per {other}", f"{one}s per {other}") for unit, (one, other) in per.items()}
    return units | {
        "in": UnitWords("inch", "inches"),
        "ft": UnitWords("foot", "feet"),
        "in/s": UnitWords("inch per second", "inches per second"),
        "in/min": UnitWords("inch per minute", "inches per minute"),
        "°C": UnitWords("degree Celsius", "degrees Celsius"),
        "°F": UnitWords("degree Fahrenheit", "degrees Fahrenheit"),
    }


ENGLISH: Final = SpokenLanguage(
    code="en",
    comma_is_decimal=False,
    cardinal=cardinal,
    date=date,
    time=time,
    fraction=fraction,
    hundreds=hundreds,
    units=_units(),
    abbreviations={
        "e.g.": "for example", "i.e.": "that is", "approx.": "approximately", "ca.": "about", "max.": "maximum",
        "min.": "minimum", "no.": "number", "nos.": "numbers", "nr.": "number", "fig.": "figure", "figs.": "figures",
        "tab.": "table", "sec.": "section", "sect.": "section", "ch.": "chapter", "chap.": "chapter", "p.": "page",
        "pp.": "pages", "vol.": "volume", "ref.": "reference", "eq.": "equation", "incl.": "including",
        "excl.": "excluding", "resp.": "respectively", "etc.": "and so on", "vs.": "versus", "vs": "versus",
        "w/o": "without", "w/": "with", "n/a": "not applicable", "temp.": "temperature", "rev.": "revision",
        "dia.": "diameter", "pos.": "position", "qty.": "quantity", "qty": "quantity", "mfr.": "manufacturer",
        "cf.": "compare", "nom.": "nominal", "s/n": "serial number", "p/n": "part number", "i/o": "I O",
        "a/c": "A C", "on/off": "on off", "and/or": "and or", "cw": "clockwise", "ccw": "counter-clockwise",
        "dept.": "department", "est.": "estimated",
    },
    signs={
        "≤": "at most", "≥": "at least", "<": "less than", ">": "more than", "≈": "about", "~": "about",
        "≠": "is not", "=": "equals", "×": "times", "·": "times", "→": "then", "⇒": "then", "Ø": "diameter",
        "⌀": "diameter", "&": "and", "§": "section", "©": "", "®": "", "™": "", "•": "", "✓": "yes", "∞": "infinity",
        "√": "root", "Δ": "delta", "Σ": "sum", "π": "pi", "µ": "micro", "+": "plus", "#": "number", "/": ",",
    },
    capitals=_SAID_AS_WORDS,
    joints={"-": "", "_": "underscore", ".": "dot", "/": "slash", "+": "plus", ":": "", "#": "", "*": "star"},
    words={
        "point": "point", "minus": "minus", "plus": "plus", "plus_minus": "plus or minus", "to": "to", "by": "by",
        "ratio": "to", "step": "Step {}:", "hex": "hex", "unverified": "not confirmed by the manual",
        "address": "the web address", "dot": "dot", "inch": "inch", "pages": "pages",
    },
)  # fmt: skip
