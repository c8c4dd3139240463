"""A line of members: calls that wait until somebody takes them (house-style section 2)."""
