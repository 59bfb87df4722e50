"""Speaking: voices, each in a process of its own, sentence by sentence, into a loudspeaker, a file or a headset."""
