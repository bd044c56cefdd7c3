"""A window: what one key has used at one level in the months that roll with the day."""
