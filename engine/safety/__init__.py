"""The one place for text that we did not write, for secrets, for paths and for child processes."""
