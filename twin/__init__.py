"""The twin: the city model, its formats, what is believed of it, the simulated field and its picture."""
