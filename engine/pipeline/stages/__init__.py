"""The stages of the line, in order; each module has one `make`."""
