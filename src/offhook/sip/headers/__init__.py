"""One header, one file: parse from text, print to text (RFC 3261 §20)."""
