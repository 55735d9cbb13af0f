"""Pictures in terminals: which way one can show them, and the writers for each way."""
