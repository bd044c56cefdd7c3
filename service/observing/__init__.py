"""What an operator sees of a running service: structured logs and metrics."""
