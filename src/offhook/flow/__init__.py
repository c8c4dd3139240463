"""The flow of a call through an application's documents: what leads where, drawn and judged.

A crawler without I/O (`crawl.py`) says what to ask with which made-up inputs; whoever drives it
(`twiml_check.py`) asks, and hands the answers back.
"""
