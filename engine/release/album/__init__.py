"""The package of an EP or album, made from the packages of its tracks. See docs/albums.md."""
