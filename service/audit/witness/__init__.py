"""The witness: what an audit office runs so that nobody can rewrite the log unseen (C2SP tlog-witness)."""
