"""Runs the nouns of Connect, Start and Stop, one file each."""
