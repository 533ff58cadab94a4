"""Commitments: text, double signature, publication, and how long each holds."""
