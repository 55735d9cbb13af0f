"""The pictures on covers: one composition per file, each painting a whole sheet from a look."""
