"""Who has links or a record at all, so that nobody else's streams need be opened."""
