"""Artists, runs, decisions: plain dataclasses and rules. No I/O, no clock, no randomness of its own."""
