"""An admission: how a provider joins by self-evaluation, verification and public notice."""
