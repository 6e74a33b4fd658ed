"""Pure translation between bytes on the wire and typed records: the one home of units and sentinels."""
