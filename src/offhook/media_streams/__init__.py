"""The life of a Media Stream: between a call's audio and a WebSocket."""
