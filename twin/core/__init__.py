"""Words, geometry, city time, randomness and the shapes that all other layers exchange."""
