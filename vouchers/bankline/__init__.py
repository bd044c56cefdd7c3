"""A bank line: one thing that a bank told us, and what it turned out to be."""
