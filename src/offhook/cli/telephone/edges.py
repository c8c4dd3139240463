"""The edges of a phone on the command line: a driver on free ports, a media core, the embedded voice.

Opened by `call` and `phone`; everything is closed when it is left.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from offhook import __version__
from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance
from offhook.cli.logging import set_up_logging
from offhook.media.native import NativeMediaEngine
from offhook.media.settings import Settings as MediaSettings
from offhook.phone.phone_call import PhoneCall
from offhook.sip.event import Event
from offhook.sip.settings import Settings as SipSettings
from offhook.sip.user_agent import UserAgent
from offhook.speech.hibari import HibariSynthesizer
from offhook.speech.ports import PhraseSpotter
from offhook.speech.settings import Settings as SpeechSettings
from offhook.speech.spotting import VoiceSpotter
from offhook.tls.phone_tls import PhoneTls
from offhook.transport.driver import SipDriver
from offhook.transport.settings import Settings as TransportSettings
from offhook.transport.this_machine import every_address

METHODS = tuple(name for name in SipSettings().allow if name not in ("REFER", "NOTIFY"))
"""What such a phone offers: it follows no transfer."""
SPEECH_TIMEOUT_S = 60.0
"""Of one text: nobody waits on the line while the steps are made ready."""


@dataclass(frozen=True, slots=True)
class PhoneEdges:
    """What a phone is made of."""

    driver: SipDriver
    media: NativeMediaEngine
    voice: HibariSynthesizer
    spotter: PhraseSpotter
    clock: SystemClock
    chance: SystemChance
    is_secure: bool

    def new_call(self) -> PhoneCall:
        """A call on these edges."""
        return PhoneCall(self.driver, self.media, self.chance, is_secure=self.is_secure)


@asynccontextmanager
async def open_phone(
    receiver: Callable[[Event], None], tls: PhoneTls, *, is_secure: bool = False
) -> AsyncIterator[PhoneEdges]:
    """Open the sockets and the media core; the voice starts with its first text.

    receiver: gets what belongs to no call of ours. tls: whom it trusts. is_secure: whether its calls are
    SRTP alone.
    Raises: OSError when there is no port to listen on.
    """
    set_up_logging("error", as_json=False)  # a phone says what happens in its own words
    clock, chance = SystemClock(), SystemChance()
    media = NativeMediaEngine(MediaSettings(ports_low=0, ports_high=0, workers=1))
    user_agent = UserAgent(SipSettings(product=f"offhook/{__version__}", allow=METHODS), chance)
    listen = tuple((host, 0) for host in every_address())
    driver = SipDriver(user_agent, TransportSettings(listen=listen), clock, chance, tls)
    voice = HibariSynthesizer(SpeechSettings(timeout_s=SPEECH_TIMEOUT_S))
    try:
        await driver.listen(receiver)
        yield PhoneEdges(driver, media, voice, VoiceSpotter(voice), clock, chance, is_secure)
    finally:
        driver.close()
        media.close()
        await voice.close()
