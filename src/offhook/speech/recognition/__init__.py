"""Audio to text: the embedded recogniser, and those that are reached over the network."""
