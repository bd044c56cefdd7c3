"""What if: the log's own commands, decided again under another policy or other facts; nothing is written."""
