"""Composition roots: one module a process or tool, each wiring the parts together at the edge."""
