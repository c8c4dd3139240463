"""A SIP phone without a face, for the command line and the test kit: dial, press, listen."""
