"""A level's purse: what one level of government has borne of one key's orders in one period."""
