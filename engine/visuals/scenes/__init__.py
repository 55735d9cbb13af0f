"""Generated scenes for clips: each draws a quarter-size field of light that moves with the music."""
