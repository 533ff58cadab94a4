"""Checks of what institutions publish and promise: declared, found, decided, corrected."""
