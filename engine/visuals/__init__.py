"""Pictures of a release: the cover and the clip, drawn by programs of our own in the artist's palette."""
