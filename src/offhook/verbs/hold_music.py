"""Where Twilio plays a playlist of its own: we play the media core's hold music (`audio/hold_music.rs`).

That is the default `waitUrl` of Enqueue and of Conference, and what the addresses of `twimlets.com/holdmusic`
lead to, which documents written for Twilio name (reference/twiml 18).
"""

from typing import Final
from urllib.parse import urlsplit

HOSTS: Final = frozenset({"twimlets.com", "www.twimlets.com"})
PATH: Final = "/holdmusic"


def is_playlist(url: str) -> bool:
    """Whether a URL is one of Twilio's playlists, in whose place this one is played."""
    parts = urlsplit(url)
    return (parts.hostname or "") in HOSTS and parts.path.rstrip("/") == PATH
