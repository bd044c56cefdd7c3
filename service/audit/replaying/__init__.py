"""The replay: every decision of a log decided again, over a data folder or a bundle's events, on several cores."""
