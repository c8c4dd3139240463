"""Offhook beside its peers and its limits, measured in one run on one machine.

    python -m bench [NAME...]        the table of all rows, or of these
    python -m bench --write-docs     the same, and docs/performance.md with it

A row (`rows/`) has two sides: ours, and a named peer or the bare limit of what the machine can do. Rounds of
both are interleaved, and only their ratio means something: absolute figures drift by a fifth within minutes
on a shared host. The server has a core for itself, the driver another one, and what counts is each process's
own CPU clock, not wall time.

`programs/` are servers and measurements in Python that run as processes of their own, `drivers/` what loads
them: C programs, built when they are needed, and SIPp's scenario.
"""
