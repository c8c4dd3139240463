"""Certificates and rules of TLS: the node's own CA, what it issues, what the operator gives instead."""
