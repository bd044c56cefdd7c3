"""The HTTP interface: thin routes that read a request, run one command or query, and shape the answer."""
