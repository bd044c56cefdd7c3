"""Coupons that an enterprise sets aside in its orders, to be checked at a counter without a network."""
