"""Measures at a case: interviews, orders to correct, key supervision, and what is made public of them."""
