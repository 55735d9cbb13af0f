"""Keys: which there are, which terminals keep for themselves, and what the operator changed."""
