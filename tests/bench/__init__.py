"""Measures the numbers that the register promises, peers in the same run; `make bench` prints the table."""
