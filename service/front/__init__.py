"""What stands between the network and the application: bounded waiting, slow clients, trusted proxies."""
