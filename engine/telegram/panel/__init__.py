"""The panel: the same facts as the console, as pages with buttons. One module per group of commands."""
