"""What songs are about: what happens to somebody, how it goes on, and how it turns."""
