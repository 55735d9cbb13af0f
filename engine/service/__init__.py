"""The engine process: a supervisor that holds the lock, and the worker that does the work."""
