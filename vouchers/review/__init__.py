"""A review: the check of one redemption, or the record that the sample spared it."""
