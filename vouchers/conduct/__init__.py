"""The conduct of a firm, a provider or a controller: credit tier, faults, sanctions, appeals."""
