"""Audit bundles that were handed out: what was in each, to whom it went, and what for."""
