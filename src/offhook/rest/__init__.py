"""Twilio's REST surface: parsing, paging and errors, nothing else."""
