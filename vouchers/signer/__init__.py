"""The keys that an enterprise or a provider signs with at the counter: public halves only."""
