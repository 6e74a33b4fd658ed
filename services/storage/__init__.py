"""What lasts: journal, outbox, checkpoints, recording segments, objects, keys."""
