"""A request: an idempotency key that was used, with the answer it got."""
