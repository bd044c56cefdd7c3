"""Measurements: how fast the whole is, beside the limit of the store and beside a plain peer, in one run."""
