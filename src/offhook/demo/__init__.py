"""The demo IVR: an ordinary webhook application, reached over HTTP like anyone's."""
