"""A budget: what a programme may commit from one pool in one period."""
