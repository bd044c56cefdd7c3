"""What the three packages promise, as sentences that can be run."""
