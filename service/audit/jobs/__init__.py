"""Long work of the audit that is asked for over HTTP: done beside the service, one at a time, and kept for a while."""
