"""The log's anchors: what outsiders said of its size and root, and when, recorded back into the log."""
