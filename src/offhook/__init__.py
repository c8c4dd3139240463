"""Offhook: self-hosted, Twilio-compatible Programmable Voice over SIP.

The rooms, from the ground up: base · sip sdp twiml model · transport media store webhook speech ·
call phone routing · verbs · switchboard · rest demo · config app cli. Imports go down, never up.
"""

__version__ = "0.1.0"
