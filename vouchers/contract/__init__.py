"""A contract: which orders of which programmes have public money for it."""
