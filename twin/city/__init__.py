"""The city model (CIM): static, a folder of GeoJSON layers and ``city.toml``."""
