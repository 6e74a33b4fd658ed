"""The simulated physical city. It knows nothing of the twin: bytes on a bus are all it gives and takes."""
