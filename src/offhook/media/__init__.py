"""The Python face of the media core: what a leg hears and says, in commands and events."""
