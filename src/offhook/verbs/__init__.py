"""Runs a TwiML document on one Call: `runner.py` and one file per verb, same names as in `twiml/`."""
