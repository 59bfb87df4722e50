"""Listening: sound in, utterances out."""
