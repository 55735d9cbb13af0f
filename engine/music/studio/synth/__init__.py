"""From score to sound: oscillators, instruments, drums, effects, the mix."""
