"""A remittance: the files by which a bank is told to pay a batch."""
