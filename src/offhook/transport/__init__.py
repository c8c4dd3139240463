"""Sockets under the SIP user agent: flows and the one driver that feeds it."""
