"""A provider: a service institution, what it is accredited for, and its account."""
