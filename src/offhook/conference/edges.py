"""What conferences work with; made once by the roof."""

from dataclasses import dataclass

from offhook.base.ids import Chance
from offhook.call.courier import Courier
from offhook.call.ledger import Ledger
from offhook.media.ports.engine import MediaEngine
from offhook.recording.recorder import Recorder
from offhook.store.ports import Conferences


@dataclass(frozen=True, slots=True)
class Edges:
    """Media, records, news."""

    media: MediaEngine
    records: Conferences
    ledger: Ledger
    courier: Courier
    recorder: Recorder
    chance: Chance
