"""A cap: what one key has used at one level in one period."""
