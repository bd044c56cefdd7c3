"""Evidence: documents kept beside the log under the digests that the log has of them."""
