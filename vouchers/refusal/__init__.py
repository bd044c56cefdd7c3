"""A refusal on record: a money command that the rules did not allow, with every reason."""
