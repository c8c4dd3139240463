"""What happened on a call, kept in order; ladders out of it."""
