"""The nouns of the REST API as records, their statuses, and the catalogue of error codes."""
