"""A Recording's life: begun on a leg, written by the media core, told of, handed out."""
