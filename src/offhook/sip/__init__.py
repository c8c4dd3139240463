"""The whole SIP user agent as state machines over bytes: no socket, no clock, no product in it.

Way in: `user_agent.UserAgent`, fed by `transport/driver`. `docs/sip.md` has the map and the diagrams.
"""
