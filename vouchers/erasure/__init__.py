"""What is forgotten, and how that is kept on record: commitments to values outside the log, erasures, redactions."""
