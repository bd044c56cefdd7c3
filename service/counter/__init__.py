"""Redemption at the counter: one-time codes, and coupons that are checked without a network."""
