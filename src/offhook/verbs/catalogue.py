"""Which class runs which verb of the tree: one table, proved complete by a test."""

from typing import Any, Final

from offhook.twiml.verbs.connect import Connect
from offhook.twiml.verbs.dial import Dial
from offhook.twiml.verbs.echo import Echo
from offhook.twiml.verbs.enqueue import Enqueue
from offhook.twiml.verbs.gather import Gather
from offhook.twiml.verbs.hangup import Hangup
from offhook.twiml.verbs.leave import Leave
from offhook.twiml.verbs.pause import Pause
from offhook.twiml.verbs.pay import Pay
from offhook.twiml.verbs.play import Play
from offhook.twiml.verbs.record import Record
from offhook.twiml.verbs.redirect import Redirect
from offhook.twiml.verbs.refer import Refer
from offhook.twiml.verbs.reject import Reject
from offhook.twiml.verbs.say import Say
from offhook.twiml.verbs.start import Start
from offhook.twiml.verbs.stop import Stop
from offhook.verbs.connect import RunConnect
from offhook.verbs.dial import RunDial
from offhook.verbs.echo import RunEcho
from offhook.verbs.enqueue import RunEnqueue
from offhook.verbs.gather import RunGather
from offhook.verbs.hangup import RunHangup
from offhook.verbs.leave import RunLeave
from offhook.verbs.pause import RunPause
from offhook.verbs.pay import RunPay
from offhook.verbs.play import RunPlay
from offhook.verbs.record import RunRecord
from offhook.verbs.redirect import RunRedirect
from offhook.verbs.refer import RunRefer
from offhook.verbs.reject import RunReject
from offhook.verbs.run_verb import RunVerb
from offhook.verbs.say import RunSay
from offhook.verbs.start import RunStart
from offhook.verbs.stop import RunStop

RUNNERS: Final[dict[type, RunVerb[Any]]] = {
    Connect: RunConnect(),
    Dial: RunDial(),
    Echo: RunEcho(),
    Enqueue: RunEnqueue(),
    Gather: RunGather(),
    Hangup: RunHangup(),
    Leave: RunLeave(),
    Pause: RunPause(),
    Pay: RunPay(),
    Play: RunPlay(),
    Record: RunRecord(),
    Redirect: RunRedirect(),
    Refer: RunRefer(),
    Reject: RunReject(),
    Say: RunSay(),
    Start: RunStart(),
    Stop: RunStop(),
}
