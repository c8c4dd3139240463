"""The pages agree with one another and with the code: links lead somewhere, every setting has its row."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from offhook.config.settings import KEYS

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md"), *ROOT.glob("tests/**/*.md")]
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def links(page: Path) -> Iterator[str]:
    """Where a page leads to within the repository."""
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        if "://" not in link and not link.startswith("mailto:"):
            yield link


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as forges make them."""
    headings = HEADING.findall(FENCE.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    lost = []
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_the_readme_leads_to_every_page_of_the_manual() -> None:
    linked = {Path(link.partition("#")[0]).name for link in links(ROOT / "README.md")}
    pages = {page.name for page in (ROOT / "docs").glob("*.md")}
    assert pages - linked == set()


def test_the_settings_and_limits_pages_have_every_setting_once_and_no_other() -> None:
    page = "\n".join((ROOT / "docs" / name).read_text() for name in ("settings.md", "limits.md"))
    assert sorted(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE)) == sorted(KEYS)


def test_no_example_hides_a_module_of_python() -> None:
    """Its folder is where Python looks first for what the example beside it imports."""
    hidden = {path.stem for path in (ROOT / "examples").glob("*.py")} & sys.stdlib_module_names
    assert not hidden
