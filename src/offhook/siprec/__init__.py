"""Recording sessions: a call's audio on its way to a recording server by SIP."""
