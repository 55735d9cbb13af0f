"""What artists are made from: names, lives, voices, looks."""
