"""The `offhook` command: one file per sub-command."""
