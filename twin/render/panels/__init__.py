"""The docked panels, drawn by Dear ImGui: each a function of the board, the world and what the viewer chose."""
