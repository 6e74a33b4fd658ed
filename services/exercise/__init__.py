"""Automatic colleagues: whoever is not there is stood in for, by the same commands as a person's."""
