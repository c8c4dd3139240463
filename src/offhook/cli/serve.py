"""`offhook serve`: runs a node in the foreground until a signal ends it."""

import asyncio
import gc
import ipaddress
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from offhook.app import Node
from offhook.cli.banner import banner
from offhook.cli.logging import log_failure_of_loop, log_what_nobody_caught, set_up_logging
from offhook.cli.start_failure import explained
from offhook.config import values
from offhook.config.settings import NodeSettings, SettingsError, load_settings
from offhook.demo.make_run import Extras
from offhook.store.migrations import UnknownTablesError
from offhook.store.ports import DuplicateError
from offhook.webhook.target import TargetError, parse_target

FINE, FAILED, UNUSABLE = 0, 1, 2

COLLECT_AFTER = (20_000, 10, 10)
"""Objects more than before after which the youngest generation is searched for cycles, and how often it is
before the next older one: Python's own 700 make every search of the oldest one, with all live transactions
in it, come thirty times as often."""


def serve(
    *,
    config: Annotated[
        Path | None, typer.Option(help="Settings file; ./offhook.toml when there is one.", dir_okay=False)
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Database and whatever else is kept.")] = None,
    http: Annotated[str | None, typer.Option(help="Address of the REST API.", metavar="HOST:PORT")] = None,
    sip: Annotated[
        str | None, typer.Option(help="Addresses of SIP, UDP and TCP.", metavar="HOST:PORT,...")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Add the demo application as the Domain `demo`, and its phone.")
    ] = False,
    demo_callers: Annotated[
        str | None,
        typer.Option(
            help="Let these call `demo` and `app`, too; else callers of this machine alone may.",
            metavar="CIDR,...",
        ),
    ] = None,
    voice_url: Annotated[
        str | None, typer.Option(help="Give this application the Domain `app`.", metavar="URL")
    ] = None,
) -> None:
    """Run a node in the foreground.

    SIGTERM drains: no new calls, running ones may end; a second one stops. SIGINT ends running calls
    and stops at once.
    """
    try:
        settings = load_settings(file=config, data_dir=data_dir, http=http, sip=sip)
        extras = Extras(demo, _voice_url(voice_url), _callers(demo_callers))
    except SettingsError as error:
        print(f"offhook serve: {error}", file=sys.stderr)
        raise typer.Exit(UNUSABLE) from error
    set_up_logging(settings.log_level, as_json=not sys.stderr.isatty())
    log_what_nobody_caught()
    raise typer.Exit(_run(lambda: _serve(settings, extras)))


def _voice_url(given: str | None) -> str | None:
    if given is None:
        return None
    try:
        parse_target(given)
    except TargetError as error:
        raise SettingsError(
            f"--voice-url: {given[:200]!r} is not allowed: {error}; "
            "allowed is a URL such as http://localhost:3000/voice"
        ) from error
    return given


def _callers(given: str | None) -> tuple[ipaddress.IPv4Network, ...]:
    if given is None:
        return ()
    try:
        return values.callers(given)
    except ValueError as error:
        raise SettingsError(f"--demo-callers: {given[:200]!r} is not allowed; allowed is {error}") from error


def _run(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """On uvloop where it is installed: half the CPU of SIP."""

    async def run() -> int:
        asyncio.get_running_loop().set_exception_handler(log_failure_of_loop)
        return await main()

    try:
        import uvloop  # noqa: PLC0415 - an optional package, looked for where it is used
    except ImportError:
        return asyncio.run(run())
    return uvloop.run(run())


async def _serve(settings: NodeSettings, extras: Extras) -> int:
    signals: asyncio.Queue[int] = asyncio.Queue(16)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _enqueue, signals, number)
    starting = asyncio.create_task(Node.start(settings, extras))
    first = asyncio.create_task(signals.get())
    await asyncio.wait([starting, first], return_when=asyncio.FIRST_COMPLETED)
    if first.done():
        starting.cancel()
    try:
        node = await starting
    except asyncio.CancelledError:
        return FINE
    except (OSError, DuplicateError, UnknownTablesError) as error:
        first.cancel()
        print(f"offhook serve: {explained(error, settings)}", file=sys.stderr)
        return FAILED
    settle_collector()
    print(banner(node), flush=True)
    if await first == signal.SIGTERM and await _drained(node, signals):
        return FINE
    await node.stop()
    return FINE


async def _drained(node: Node, signals: "asyncio.Queue[int]") -> bool:
    """Let the running calls end; False when a second signal will not have it so."""
    draining = asyncio.create_task(node.drain())
    second = asyncio.create_task(signals.get())
    await asyncio.wait([draining, second], return_when=asyncio.FIRST_COMPLETED)
    second.cancel()
    if draining.done():
        await draining
        return True
    draining.cancel()
    await asyncio.wait([draining])
    return False


def settle_collector() -> None:
    """Let the collector of cycles leave alone what lives as long as the node, and come less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _enqueue(signals: "asyncio.Queue[int]", number: int) -> None:
    if not signals.full():
        signals.put_nowait(number)
