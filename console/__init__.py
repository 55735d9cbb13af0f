"""The faces at the terminal: the Textual app and the command line. Both know only `engine.api`."""
