"""Text to audio and audio to text; one file per provider."""
