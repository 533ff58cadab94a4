"""The public log: what was published, when, and the hash that proves it was not changed since."""
