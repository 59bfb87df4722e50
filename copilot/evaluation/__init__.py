"""Evaluation as a command: questions with known answers, asked through the answer flow, measured with intervals."""
