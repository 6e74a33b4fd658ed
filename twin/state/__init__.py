"""Sense and believe: frames to slots and columns, belief with age and source, conditions that notice."""
