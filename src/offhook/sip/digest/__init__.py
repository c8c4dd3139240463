"""Digest authentication, both sides (RFC 7616, RFC 8760, RFC 3261 §22); `docs/digest.md` has the map."""
