"""A flow: one payment between two regions, in the clearing of one month only."""
