"""The audit: checkpoints, witnesses, bundles, replays and tests over the log, for whoever trusts nobody."""
