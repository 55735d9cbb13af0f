"""Who writes: the gateway that every question to a language model goes through, and our own offline writer."""
