"""ffmpeg: the one way to run it and to read what it says."""
