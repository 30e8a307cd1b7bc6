"""Data sets: reading, fetching, verifying and splitting them."""
