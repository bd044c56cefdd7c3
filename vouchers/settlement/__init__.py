"""A settlement: one batch that pays approved redemptions."""
