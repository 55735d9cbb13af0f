"""Screens, one per file; each is imported when it is first opened."""
