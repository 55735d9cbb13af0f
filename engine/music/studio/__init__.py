"""The embedded studio: composer, synthesiser and mastering, without keys, network or samples of others."""
