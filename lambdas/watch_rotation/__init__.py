"""Measures how much older each secret is than its schedule says. It rotates none and reads none."""
