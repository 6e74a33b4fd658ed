"""Virtual places: presence, sessions that end in something done, and moderation by named people."""
