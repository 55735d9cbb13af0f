"""Takes finished packages to where the operator wants them: one interface, one module a kind of target."""
