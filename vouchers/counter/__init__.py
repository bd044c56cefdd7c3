"""What was proven at a provider's counter about one order: which one-time codes of the enterprise were accepted."""
