"""The dated links of one party to others: control, shares, family, work, accounts."""
