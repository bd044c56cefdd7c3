"""The keys that the log is signed with: each change of them, stated by the old key and by the new one."""
