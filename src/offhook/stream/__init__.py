"""The messages of Media Streams and ConversationRelay, and the rules of who may send what when."""
