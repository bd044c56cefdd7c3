"""An aid ledger: what one enterprise received of aid that counts together, day by day."""
