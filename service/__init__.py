"""The service around the rules: views, HTTP, pages, command line."""
