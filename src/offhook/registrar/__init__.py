"""Addresses of record and where their users can be reached."""
