"""Which SIP Domain a request means, and who may call it."""
