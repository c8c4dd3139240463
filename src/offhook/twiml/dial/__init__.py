"""The nouns of `<Dial>`, one file each, and what they share.

To add a noun: add its file here, its row to `verbs/dial.READERS` and its class to `verbs/dial.Noun`.
"""
