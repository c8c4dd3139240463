"""Leg, Call and what they need: one Call's signalling and media, its record and its owner."""
