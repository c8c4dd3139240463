"""The INVITE usage of a dialog (RFC 5057 §4.1): one file per operation on it."""
