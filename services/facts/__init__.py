"""Every command and event, one module a subject; each command beside who may give it."""
