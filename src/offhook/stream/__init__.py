"""The messages of Media Streams as values, and the rules of who may send what when. Does no I/O."""
