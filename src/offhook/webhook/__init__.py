"""Fetches TwiML and sends callbacks: parameters, signature, timeouts, one error code per failure."""
