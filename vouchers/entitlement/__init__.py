"""An entitlement: what a policy gives an enterprise for one period, decided from facts."""
