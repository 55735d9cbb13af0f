"""Where songs play: places with their things, lights and sounds, and what happens in them."""
