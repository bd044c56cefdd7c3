"""A source of facts: when it was down, and which credit codes it vouches for although a check fails."""
