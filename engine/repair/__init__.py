"""Errors: captured where they happen, grouped by what they are, redacted before they are kept."""
