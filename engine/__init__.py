"""The engine: makes the music, keeps the truth, and knows no face."""
