"""The parts of `<Gather>`: its state machine, its keys, and how it listens."""
