"""Reads the node's settings. Only the roof imports this room."""
