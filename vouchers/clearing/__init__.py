"""A clearing: who owes whom between the regions of a programme for the payments of one month."""
