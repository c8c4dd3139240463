"""Conferences: a meeting of participants (reference/twiml 6.7, 12.3; rest-api 2.3)."""
