"""Session descriptions: parse, print, and the offer/answer rules for one audio stream (RFC 8866, 3264).

`session_description` has the text, `offer_answer` the rules. `docs/sdp.md` says what is left out.
"""
