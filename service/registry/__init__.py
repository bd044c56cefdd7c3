"""Registry files read in: enterprises with their facts, providers with their accreditations."""
