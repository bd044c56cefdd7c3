"""An invoice: one number that pays once, anywhere: one order as a whole, or several orders line by line."""
