"""From one unit to another, exactly: by fractions, so that 1.3 Nm entered as 1300 mNm is 1.3 Nm and not nearly so.

Factors are those of NIST SP 811, appendix B (https://www.nist.gov/pml/special-publication-811), all exact by
definition. A unit that isn't here fits only itself.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from copilot.answering.units import normalise_unit

_INCH: Final = Fraction(254, 10_000)  # m
_POUND: Final = Fraction(45_359_237, 100_000_000)  # kg
_GRAVITY: Final = Fraction(980_665, 100_000)  # m/s2
_POUND_FORCE: Final = _POUND * _GRAVITY
_GALLON: Final = 231 * _INCH**3 * 1000  # l, US liquid

_SCALES: Final[dict[str, dict[str, Fraction | int]]] = {
    "torque": {
        "Nm": 1,
        "kNm": 1000,
        "Ncm": Fraction(1, 100),
        "mNm": Fraction(1, 1000),
        "ft-lb": _POUND_FORCE * 12 * _INCH,
        "in-lb": _POUND_FORCE * _INCH,
    },
    "force": {"N": 1, "kN": 1000, "daN": 10, "lbf": _POUND_FORCE},
    "length": {
        "m": 1,
        "km": 1000,
        "dm": Fraction(1, 10),
        "cm": Fraction(1, 100),
        "mm": Fraction(1, 1000),
        "µm": Fraction(1, 10**6),
        "nm": Fraction(1, 10**9),
        "in": _INCH,
        "mil": _INCH / 1000,
        "ft": 12 * _INCH,
        "yd": 36 * _INCH,
    },
    "area": {"m2": 1, "cm2": Fraction(1, 10**4), "mm2": Fraction(1, 10**6)},
    "volume": {
        "l": 1,
        "ml": Fraction(1, 1000),
        "cl": Fraction(1, 100),
        "m3": 1000,
        "cm3": Fraction(1, 1000),
        "mm3": Fraction(1, 10**6),
        "gal": _GALLON,
    },
    "pressure": {
        "Pa": 1,
        "hPa": 100,
        "kPa": 1000,
        "MPa": 10**6,
        "bar": 10**5,
        "mbar": 100,
        "psi": _POUND_FORCE / _INCH**2,
    },
    "voltage": {"V": 1, "mV": Fraction(1, 1000), "kV": 1000},
    "current": {"A": 1, "mA": Fraction(1, 1000), "µA": Fraction(1, 10**6), "kA": 1000},
    "resistance": {"Ω": 1, "mΩ": Fraction(1, 1000), "kΩ": 1000, "MΩ": 10**6},
    "power": {"W": 1, "mW": Fraction(1, 1000), "kW": 1000, "MW": 10**6},
    "energy": {"J": 1, "kJ": 1000, "Wh": 3600, "kWh": 3_600_000},
    "charge": {"Ah": 1, "mAh": Fraction(1, 1000)},
    "capacitance": {
        "F": 1,
        "mF": Fraction(1, 1000),
        "µF": Fraction(1, 10**6),
        "nF": Fraction(1, 10**9),
        "pF": Fraction(1, 10**12),
    },
    "inductance": {"H": 1, "mH": Fraction(1, 1000), "µH": Fraction(1, 10**6)},
    "flux density": {"T": 1, "mT": Fraction(1, 1000)},
    "frequency": {"Hz": 1, "kHz": 1000, "MHz": 10**6, "GHz": 10**9},
    "time": {
        "s": 1,
        "ms": Fraction(1, 1000),
        "µs": Fraction(1, 10**6),
        "ns": Fraction(1, 10**9),
        "min": 60,
        "h": 3600,
        "days": 86_400,
        "weeks": 604_800,
    },
    "mass": {
        "kg": 1,
        "g": Fraction(1, 1000),
        "mg": Fraction(1, 10**6),
        "µg": Fraction(1, 10**9),
        "t": 1000,
        "lbs": _POUND,
        "oz": _POUND / 16,
    },
    "flow": {
        "l/min": 1,
        "l/h": Fraction(1, 60),
        "m3/h": Fraction(1000, 60),
        "gpm": _GALLON,
        "cfm": (12 * _INCH) ** 3 * 1000,
    },
    "speed": {
        "m/s": 1,
        "mm/s": Fraction(1, 1000),
        "cm/s": Fraction(1, 100),
        "km/h": Fraction(10, 36),
        "m/min": Fraction(1, 60),
        "mm/min": Fraction(1, 60_000),
        "in/s": _INCH,
        "in/min": _INCH / 60,
    },
    "acceleration": {"m/s2": 1, "mm/s2": Fraction(1, 1000)},
    "density": {"kg/m3": 1, "g/l": 1},
    "share": {"%": 1, "‰": Fraction(1, 10), "ppm": Fraction(1, 10_000)},
    "data rate": {"kbit/s": 1, "Mbit/s": 1000, "Gbit/s": 10**6},
}
_PLACE: Final = {
    unit: (quantity, Fraction(factor)) for quantity, scale in _SCALES.items() for unit, factor in scale.items()
}
# To kelvin: (value + shift) times factor.
_TEMPERATURES: Final = {
    "K": (Fraction(0), Fraction(1)),
    "°C": (Fraction(27_315, 100), Fraction(1)),
    "°F": (Fraction(45_967, 100), Fraction(5, 9)),
}
# A meter that doesn't say which kind of voltage it shows was set to the right one; one that says the other wasn't.
_KINDS_OF_VOLTS: Final = frozenset({"VAC", "VDC"})


def convert(value: Fraction, unit: str, into: str) -> Fraction | None:
    """``value`` of ``unit`` in the unit ``into``; None where they measure different things.

    Args:
        value: Exact.
        unit, into: In any spelling; a plain volt is taken for either kind, never one kind for the other.
    """
    unit, into = normalise_unit(unit), normalise_unit(into)
    if unit == into:
        return value
    if into in _KINDS_OF_VOLTS:
        return convert(value, unit, "V") if unit not in _KINDS_OF_VOLTS else None
    if unit in _TEMPERATURES and into in _TEMPERATURES:
        shift, factor = _TEMPERATURES[unit]
        back, divisor = _TEMPERATURES[into]
        return (value + shift) * factor / divisor - back
    if unit in _PLACE and into in _PLACE and _PLACE[unit][0] == _PLACE[into][0]:
        return value * _PLACE[unit][1] / _PLACE[into][1]
    return None


def seconds(value: Fraction, unit: str) -> float | None:
    """A time in seconds; None where ``unit`` is none of time."""
    found = convert(value, unit, "s")
    return None if found is None else float(found)
