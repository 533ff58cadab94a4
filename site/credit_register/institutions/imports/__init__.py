"""Rosters and products as offices hold them: read, checked, previewed, and brought into the register."""
