"""An invoice: one number that may pay for one order, anywhere, once."""
