"""Debts: what one party has to pay back, with interest, instalments, set-off and write-off."""
