"""Clock, chance, errors and redaction: things with no telephony in them."""
