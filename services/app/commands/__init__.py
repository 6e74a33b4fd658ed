"""The commands' arguments, by group; each command is one call into ``services.app``."""
