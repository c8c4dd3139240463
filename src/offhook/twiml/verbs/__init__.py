"""One file per verb: its dataclass, its attributes, its children.

To add a verb: add its file here, its row to `parser.READERS` and its class to `document.Verb`.
"""
