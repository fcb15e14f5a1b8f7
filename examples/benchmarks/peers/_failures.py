"""Why a side has no result."""


class NotApplicableError(Exception):
    """A side cannot do this work at all."""


class SideFailedError(Exception):
    """A side raised an error, or its process ended."""
