"""Government's inner network 一网协同: who holds which post."""
