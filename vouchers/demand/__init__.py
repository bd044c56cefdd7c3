"""A demand: what an enterprise needs, the offers that providers make, and the one that becomes the order."""
