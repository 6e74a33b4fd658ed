"""What the city's government does with the twin."""
