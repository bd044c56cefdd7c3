"""A rating: what an enterprise thinks of the provider after a paid order."""
