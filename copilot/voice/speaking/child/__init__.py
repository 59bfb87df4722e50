"""The program that speaks, run as a process of its own: ``python -m copilot.voice.speaking.child KIND ARGUMENTS``.

Nothing else of this project may import it: it imports Piper, which is under the GPL-3.0.
"""
