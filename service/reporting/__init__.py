"""The yearly public report: one HTML page that needs nothing beside itself."""
