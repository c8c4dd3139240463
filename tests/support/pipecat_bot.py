"""A Pipecat bot as one runs it on Twilio: its Twilio serializer and transport, unmodified.

In place of models in the cloud there are local ones:

    voice -> TwilioFrameSerializer -> LocalListener -> LocalAgent -> TwilioFrameSerializer -> voice

It greets with 440 Hz for a second. What is said to it (anything loud for 200 ms, then silence for 600 ms) it
answers with 700 Hz for five seconds; who speaks meanwhile interrupts it. At key 0 it ends, and hangs up by
REST. A program: PORT, ACCOUNT_SID, AUTH_TOKEN and API (the node's base URL) come from the environment.
"""

import array
import math
import os
import sys
from typing import Any

import uvicorn
from fastapi import FastAPI, Response, WebSocket
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EndWorkerFrame,
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

RATE_HZ = 8000
LOUD = 400
GREETING = (440, 1.0)
ANSWER = (700, 5.0)

app = FastAPI()


def tone(hz: int, seconds: float) -> bytes:
    """16-bit samples, at a quarter of the loudest."""
    samples = (int(8000 * math.sin(2 * math.pi * hz * n / RATE_HZ)) for n in range(round(seconds * RATE_HZ)))
    return array.array("h", samples).tobytes()


class LocalListener(FrameProcessor):
    """Stands for a recogniser and a voice activity detector: tells what was said, and interrupts."""

    def __init__(self) -> None:
        super().__init__()
        self._loud_s = self._silent_s = 0.0
        self._bot_speaks = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case BotStartedSpeakingFrame():
                self._bot_speaks = True
            case BotStoppedSpeakingFrame():
                self._bot_speaks = False
            case InputAudioRawFrame():
                await self._listen(frame)
            case _:
                pass
        await self.push_frame(frame, direction)

    async def _listen(self, frame: InputAudioRawFrame) -> None:
        samples = array.array("h", frame.audio)
        seconds = len(samples) / frame.sample_rate
        is_loud = sum(map(abs, samples)) > LOUD * len(samples)
        was_short = self._loud_s < 0.2
        self._loud_s, self._silent_s = (
            (self._loud_s + seconds, 0.0) if is_loud else (self._loud_s, self._silent_s + seconds)
        )
        if was_short and self._loud_s >= 0.2 and self._bot_speaks:
            await self.broadcast_interruption()  # type: ignore[no-untyped-call]
        if self._silent_s >= 0.6:
            if self._loud_s >= 0.2:
                await self.push_frame(TranscriptionFrame("something", "caller", ""))
            self._loud_s = 0.0


class LocalAgent(FrameProcessor):
    """Stands for a language model and a synthesiser."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        match frame:
            case StartFrame():
                await self._say(*GREETING)
            case TranscriptionFrame():
                await self._say(*ANSWER)
            case InterruptionFrame():
                sys.stderr.write("interrupted\n")
            case InputDTMFFrame(button=KeypadEntry.ZERO):
                await self.push_frame(EndWorkerFrame(), FrameDirection.UPSTREAM)
            case _:
                pass

    async def _say(self, hz: int, seconds: float) -> None:
        await self.push_frame(TTSStartedFrame())
        await self.push_frame(TTSAudioRawFrame(tone(hz, seconds), RATE_HZ, 1))
        await self.push_frame(TTSStoppedFrame())


@app.post("/voice")
async def voice() -> Response:
    """The TwiML that Pipecat's examples answer with."""
    url = f"ws://127.0.0.1:{os.environ['PORT']}/ws"
    twiml = f'<Response><Connect><Stream url="{url}"/></Connect><Pause length="40"/></Response>'
    return Response(twiml, media_type="application/xml")


@app.websocket("/ws")
async def talk(websocket: WebSocket) -> None:
    """One call, as in Pipecat's Twilio examples."""
    await websocket.accept()
    _, call = await parse_telephony_websocket(websocket)
    data: Any = call
    serializer = TwilioFrameSerializer(
        stream_sid=data["stream_id"],
        call_sid=data["call_id"],
        account_sid=os.environ["ACCOUNT_SID"],
        auth_token=os.environ["AUTH_TOKEN"],
        base_url=os.environ["API"],
    )
    transport = FastAPIWebsocketTransport(
        websocket=websocket,
        params=FastAPIWebsocketParams(
            audio_in_enabled=True, audio_out_enabled=True, add_wav_header=False, serializer=serializer
        ),
    )
    pipeline = Pipeline([transport.input(), LocalListener(), LocalAgent(), transport.output()])
    parameters = PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ)
    worker = PipelineWorker(pipeline, params=parameters)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="info")
