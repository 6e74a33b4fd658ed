"""Public services 一网通办: errands, legal basis, credentials."""
