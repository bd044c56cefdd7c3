"""The seed of a programme's sample for one period: committed before the first draw, revealed after the last."""
