"""Units of measurement as manuals write them, and one form for each."""

from __future__ import annotations

import re
from typing import Final

# One form, and the other ways to write it. Case counts where SI's does (mW, MW), so nothing is folded but by this list.
_SPELLINGS: Final[dict[str, str]] = {
    "Nm": "N·m N⋅m N.m NM newton-metres newton-meters",
    "kNm": "", "Ncm": "N·cm", "mNm": "", "lbf": "", "ft-lb": "ft-lbs ft·lb ftlb lb-ft lbf-ft ft-lbf",
    "in-lb": "in-lbs in·lb inlb lb-in lbf-in in-lbf",
    "N": "newton newtons", "kN": "", "daN": "",
    "mm": "millimetre millimetres millimeter millimeters", "cm": "centimetre centimetres centimeter centimeters",
    "dm": "", "m": "metre metres meter meters", "km": "kilometres kilometers", "µm": "um micron microns micrometres",
    "nm": "", "in": "inch inches", "ft": "foot feet", "mil": "mils", "yd": "",
    "mm2": "mm² mm^2", "cm2": "cm² cm^2", "m2": "m² m^2", "mm3": "mm³", "cm3": "cm³ ccm", "m3": "m³",
    "V": "volt volts", "mV": "millivolt millivolts", "kV": "", "VAC": "Vac V~", "VDC": "Vdc",
    "A": "amp amps ampere amperes", "mA": "milliamp milliamps milliampere milliamperes", "µA": "uA", "kA": "",
    "W": "watt watts", "mW": "", "kW": "KW kilowatt kilowatts", "MW": "", "VA": "", "kVA": "KVA", "Wh": "", "kWh": "",
    "Ah": "", "mAh": "", "hp": "HP", "J": "", "kJ": "",
    "Ω": "ohm ohms Ohm Ohms", "mΩ": "mOhm", "kΩ": "kOhm kOhms kohm kohms", "MΩ": "MOhm MOhms",
    "F": "", "mF": "", "µF": "uF", "nF": "", "pF": "", "H": "", "mH": "", "µH": "uH", "T": "", "mT": "",
    "Hz": "HZ hertz", "kHz": "KHz khz kilohertz", "MHz": "megahertz", "GHz": "",
    "rpm": "RPM U/min 1/min r/min rev/min min-1",
    "s": "sec secs second seconds", "ms": "msec millisecond milliseconds", "µs": "us usec microsecond microseconds",
    "ns": "nanoseconds", "min": "mins minute minutes", "h": "hr hrs hour hours", "days": "day", "weeks": "week",
    "months": "month", "years": "year",
    "°C": "℃ degC deg.C", "°F": "℉ degF", "K": "kelvin", "°": "deg degs degree degrees", "rad": "", "mrad": "",
    "bar": "bars", "mbar": "", "Pa": "", "hPa": "", "kPa": "", "MPa": "", "psi": "PSI",
    "%": "percent pct", "ppm": "PPM", "‰": "",
    "g": "gram grams", "kg": "KG kgs kilogram kilograms", "mg": "", "µg": "", "t": "", "lbs": "lb pounds", "oz": "",
    "l": "L litre litres liter liters", "ml": "mL millilitres milliliters", "cl": "", "gal": "gallon gallons",
    "l/min": "L/min", "l/h": "L/h", "m3/h": "m³/h", "gpm": "GPM", "cfm": "CFM",
    "m/s": "", "mm/s": "", "cm/s": "", "km/h": "", "m/min": "", "mm/min": "", "in/s": "", "in/min": "ipm IPM",
    "m/s2": "m/s²", "mm/s2": "mm/s²", "mm/rev": "", "g/l": "", "kg/m3": "kg/m³",
    "bits": "bit", "bytes": "byte", "kB": "KB", "MB": "", "GB": "", "TB": "", "KiB": "", "MiB": "", "GiB": "",
    "kbit/s": "kbps Kbps kb/s", "Mbit/s": "Mbps Mb/s", "Gbit/s": "Gbps", "MB/s": "", "baud": "Bd",
    "dB": "", "dBm": "", "dB(A)": "dBA", "lx": "lux", "lm": "", "px": "pixels", "dpi": "DPI", "AWG": "awg",
    "times": "", "cycles": "cycle", "turns": "turn revolutions revolution", "pulses": "pulse", "teeth": "",
}  # fmt: skip
# Unicode has micro sign and mu, ohm sign and omega, middle dot and dot operator.
_SAME_LOOK: Final = str.maketrans({"\u03bc": "\u00b5", "\u2126": "\u03a9", "\u22c5": "\u00b7"})
_FORMS: Final = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in (unit, *spellings.split())}
_WORDS_TOO: Final = frozenset(
    {"in", "times", "A", "s", "m", "h", "l", "t", "g", "K", "min", "foot", "second", "bar", "mil", "turn", "bit"}
)

_LETTERS: Final = {"\u00b5": "[\u00b5\u03bc]", "\u03a9": "[\u03a9\u2126]", "\u00b7": "[\u00b7\u22c5]"}


def _pattern(spelling: str) -> str:
    return "".join(_LETTERS.get(letter, re.escape(letter)) for letter in spelling)


UNIT: Final = (
    r"(?:(?:°|degrees?|deg\.?)\s?(?:C|F|Celsius|Fahrenheit)|V\s?(?:AC|DC)|"
    + "|".join(_pattern(spelling) for spelling in sorted(_FORMS, key=len, reverse=True))
    + ")"
)
"""Pattern of every unit, without groups; the longest is tried first."""


def normalise_unit(text: str) -> str:
    """One form for every spelling of a unit; "" for none."""
    text = text.translate(_SAME_LOOK)
    if temperature := re.fullmatch(r"(?:°|degrees?|deg\.?)\s?([CF])(?:elsius|ahrenheit)?", text):
        return f"°{temperature[1]}"
    if volts := re.fullmatch(r"V\s?(AC|DC)", text):
        return f"V{volts[1]}"
    return _FORMS.get(text, text)


def weaker_unit(unit: str) -> str:
    """What a unit says among other things: 24 VDC are 24 V; "" for nothing."""
    return {"VDC": "V", "VAC": "V", "dB(A)": "dB"}.get(unit, "")


def is_word_too(unit: str) -> bool:
    """Whether this spelling is also an everyday word, or a letter that stands for other things."""
    return unit in _WORDS_TOO or (len(unit) == 1 and unit.isalpha())
