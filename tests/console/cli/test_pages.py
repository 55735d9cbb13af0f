"""What the pages for people say: links lead somewhere, and every command shown is one that exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from console.cli.catalogue import build_parser, every_command

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "data/README.md", ROOT / "logs/README.md"])
LINK = re.compile(r"\]\(([^)#:]+)(?:#([\w-]+))?\)")
SHOWN = re.compile(r"`noktvrn ([^`\n]+)`|^(?:\.venv/bin/|\$ )noktvrn ([^#\n]+)", re.MULTILINE)
SPOKEN = dict.fromkeys(("ID", "DIR", "TAG", "TEXT", "HASH"), "r-7k3f") | {"SECONDS": "2"}

pytestmark = pytest.mark.quick


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)  # in code it may be a call
    for target, anchor in LINK.findall(prose):
        there = page.parent / target
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_shown_exists(page: Path) -> None:
    names, parser = {name for name, _ in every_command()}, build_parser()
    for spoken, typed in SHOWN.findall(page.read_text("utf-8")):
        line = (spoken or typed).strip()
        words = shlex.split(re.sub(r"^--home \S+ ", "", line))
        if words == ["--help"] or line in names:  # a mention, not a command line
            continue
        if set("[]|") & set(line):  # a synopsis: only its command is checked
            assert any(line.startswith(name) for name in names), line
        else:
            parser.parse_args([SPOKEN.get(word, word) for word in words])


def test_the_first_page_leads_to_every_other() -> None:
    linked = {target for target, _ in LINK.findall((ROOT / "README.md").read_text("utf-8"))}
    assert {f"docs/{page.name}" for page in ROOT.glob("docs/*.md")} <= linked
