"""The wording of every question, one file per role; a change of wording raises the version in its header."""
