"""Our own writer: personas, concepts, lyrics and reflections from word lists and rules, equal for equal seeds."""
