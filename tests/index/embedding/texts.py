"""Texts as manuals have them: short, long, tables, other languages, and what breaks tokenizers."""

from __future__ import annotations

VARIED = [
    "F0012",
    "Overtemperature of the motor winding",
    "1. Loosen the four M6 screws (torque 9.5 Nm ± 5 %), then lift the cover.",
    "Code | Meaning | Remedy\nF0012 | DC link overvoltage | Check the brake resistor BR-120 and its wiring.",
    "setp hm2_7i76e.0.stepgen.00.maxvel 1.2",
    "Wie wird der Frequenzumrichter zurückgesetzt? Grüße aus Köln.",
    "Нажмите кнопку сброса и подождите пять секунд.",
    "リセットボタンを押してください。",
    "é" * 400,
    "😀 emoji and \u200b zero width \x07 bell",
    "x" * 5000,
    "The spindle does not start although the enable signal is present. " * 40,
    "Before working on the machine, switch off the main switch, secure it against being switched on again, and wait "
    "at least five minutes until the DC link capacitors have discharged. Check with a meter that there is no voltage.",
    "   leading and trailing blanks   \n\n",
]
