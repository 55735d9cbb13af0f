"""Parts that screens and panes are built from, one per file."""
