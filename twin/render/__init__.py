"""The console: camera, ground, actors, overlays and panels. Draws view models and proposes commands; owns no truth."""
