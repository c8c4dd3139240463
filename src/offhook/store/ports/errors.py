"""What the store refuses."""


class UnknownRecordError(Exception):
    """The record that a write changes or refers to does not exist in this account."""


class DuplicateError(Exception):
    """A record with this unique name exists already."""


class InUseError(Exception):
    """The record cannot be deleted while others refer to it."""


class StoreBusyError(Exception):
    """The queue of writes is full: the database cannot keep up or is gone."""
