"""Programs that a row runs in a process of their own, pinned to a core: servers, drivers, measurements."""
