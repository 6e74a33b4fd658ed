"""Evidence: paired runs of the same hours under two ways of governing, and what can be said from them."""
