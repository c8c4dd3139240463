"""`offhook doctor`: what would keep a node from working here, and how to mend it."""

import asyncio
import dataclasses
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from offhook.cli.logging import set_up_logging
from offhook.cli.table import print_json
from offhook.config.settings import NodeSettings, SettingsError, load_settings
from offhook.doctor.examine import examine
from offhook.doctor.finding import Finding, Verdict

FINE, FAILED, UNUSABLE = 0, 1, 2

_WORST_FIRST: Final = (Verdict.FAULT, Verdict.WARNING, Verdict.FINE)
WIDTH: Final = 10
"""Of the column of subjects."""


def doctor(
    *,
    config: Annotated[
        Path | None, typer.Option(help="Settings file; ./offhook.toml when there is one.", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look over ports, file limits, addresses, database, speech and the reach of webhooks.

    Run it where the node runs, with the same settings, before it starts or while it runs; nothing is changed.
    Exit status 0 when nothing is at fault, 1 when something is, 2 when the settings cannot be used.
    """
    try:
        settings = load_settings(file=config)
    except SettingsError as error:
        print(f"offhook doctor: {error}", file=sys.stderr)
        raise typer.Exit(UNUSABLE) from error
    set_up_logging("error", as_json=False)
    findings = asyncio.run(_examine(settings, talks=not as_json))
    if as_json:
        print_json([dataclasses.asdict(finding) for finding in findings])
    raise typer.Exit(FAILED if any(each.verdict is Verdict.FAULT for each in findings) else FINE)


async def _examine(settings: NodeSettings, *, talks: bool) -> list[Finding]:
    findings = []
    async for finding in examine(settings):
        findings.append(finding)
        if talks:
            _print(finding)
    if talks:
        fault, warned, fine = (sum(each.verdict is verdict for each in findings) for verdict in _WORST_FIRST)
        print(f"{fault} at fault, {warned} to know, {fine} fine")
    return findings


def _print(finding: Finding) -> None:
    print(f"{finding.verdict.value:<8} {finding.subject:<{WIDTH}} {finding.what}", flush=True)
    if finding.remedy:
        print(f"{'':<8} {'':<{WIDTH}} -> {finding.remedy}", flush=True)
