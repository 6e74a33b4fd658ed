"""The turn: records in, events out, one journal."""
