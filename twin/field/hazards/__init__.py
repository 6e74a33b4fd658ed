"""What goes wrong: one module a hazard, each with its own physics, its own traces and an end that must be earned."""
