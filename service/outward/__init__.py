"""What goes outward: the event feed and webhooks, both in the form that each reader may see."""
