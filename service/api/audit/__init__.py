"""The routes of the audit: what regulators and witnesses ask of the log."""
