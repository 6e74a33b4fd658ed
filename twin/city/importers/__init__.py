"""Real places become cities: OpenStreetMap extracts, GeoJSON roads, CityJSON buildings and surfaces."""
