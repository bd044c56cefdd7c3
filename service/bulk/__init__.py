"""Batches of one kind of request, a line each: every line is done by itself, and answered in a line."""
