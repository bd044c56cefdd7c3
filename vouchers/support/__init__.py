"""The yearly support of a platform: what it earned, what it is due, and what it was paid."""
