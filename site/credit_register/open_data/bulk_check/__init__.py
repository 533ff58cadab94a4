"""Many institutions held against the register at once; what is asked is answered and kept nowhere."""
