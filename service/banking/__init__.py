"""Money out and in: files by which a bank is told to pay, and what it answers."""
