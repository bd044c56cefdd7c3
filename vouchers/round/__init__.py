"""Rounds: who waits for the money of a pool, in a queue or for an allotment in proportion."""
