"""Looks a node's machine and settings over, and says how to mend what would go wrong."""
