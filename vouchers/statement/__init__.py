"""A statement: a document in which a bank says what it booked, or what became of our instructions."""
