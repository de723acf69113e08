"""What can be listed is in the README: commands, options, tables, views, make targets, keys, links."""

import re
import shlex
from pathlib import Path

import click
import pytest

from crawler.rows import KEYS
from db.export import COLUMNS
from db.screen import KINDS, PLACES
from db.store import open_db
from newstrace import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CODE = re.compile(r"`([^`\n]+)`")
EXAMPLE = re.compile(r"^(?:\$ )?newstrace (.+)$", re.M)


def commands(group=main, path=()):
    """Every command with the words that call it, groups' own commands included."""
    for name, command in group.commands.items():
        words = (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, words)
        else:
            yield " ".join(words), command


COMMANDS = dict(commands())


def row_of(command):
    """The row of the command table that shows how to call it."""
    table = README.partition("| you want to | command |")[2].partition("\n\n")[0]
    rows = [line for line in table.split("\n") if re.search(rf"\| `newstrace {command}\b", line)]
    assert len(rows) == 1, f"`newstrace {command}` has {len(rows)} rows in the table of commands"
    return rows[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_with_every_option(command):
    row = row_of(command)
    for option in COMMANDS[command].params:
        if isinstance(option, click.Option) and "--help" not in option.opts:
            assert any(f"`{name}" in row for name in option.opts), f"{command} {option.opts}"
        for choice in getattr(option.type, "choices", ()):
            assert choice in row


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    assert COMMANDS[command].help
    for option in COMMANDS[command].params:
        if isinstance(option, click.Option) and not isinstance(option.type, click.Choice | click.IntRange):
            assert option.help or option.name == "as_json", f"{command} {option.opts}"


def test_the_readme_names_no_command_that_is_not_there():
    shown = {words for code in CODE.findall(README) for words in re.findall(r"^newstrace ([a-z]+)", code)}
    assert shown <= {command.split()[0] for command in COMMANDS}


def examples():
    """The commands in the README's blocks of code."""
    blocks = re.findall(r"^```\n(.*?)^```", README, re.M | re.S)
    return [line for block in blocks for line in EXAMPLE.findall(block)]


@pytest.mark.parametrize("line", examples())
def test_every_example_is_a_command_that_is_understood(line):
    words = shlex.split(line.split(" < ")[0])
    group = main
    while isinstance(group, click.Group):
        name, group = words[0], group.commands[words[0]]
        words = words[1:]
    with group.make_context(name, words):
        pass


def test_every_make_target_is_in_the_readme_and_says_what_it_does():
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.M)[1].split()
    told = set(re.findall(r"^## ([a-z]+):", MAKEFILE, re.M))
    assert set(phony) == told
    assert [target for target in phony if not re.search(rf"`make {target}\b", README)] == []
    assert set(re.findall(r"`make ([a-z]+)\b", README)) <= told


def test_every_table_and_view_is_in_the_readme():
    db = open_db(":memory:")
    words = {word for code in CODE.findall(README) for word in code.split()}
    words |= set(re.findall(r"[a-z_]+", README.partition("The rest is the engine's own:")[2]))
    skipped = re.compile(r"sqlite_|_sqlite_|versions_fts_")
    named = {*db.table_names(), *db.view_names()}
    db.close()
    assert {name for name in named if not skipped.match(name)} - words == set()


@pytest.mark.parametrize("export", COLUMNS)
def test_every_key_of_an_export_is_in_the_readme_in_its_order(export):
    row = next(
        line for line in README.split("\n") if line.startswith(f"| `{export}` | `{COLUMNS[export][0]} ")
    )
    keys = CODE.findall(row)[1].split()
    assert tuple(keys) == COLUMNS[export]


@pytest.mark.parametrize("key", KEYS)
def test_every_key_of_an_imported_row_is_in_the_readme(key):
    told = README.partition("`import` takes rows")[2].partition("\n\n")[0]
    assert re.search(rf"\b{key}\b", told)


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#]+)\)", README + CHANGES))
def test_every_link_leads_somewhere(target):
    assert "://" in target or (ROOT / target).exists()


def test_the_version_has_its_changes():
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)[1]
    assert f"## {version}\n" in CHANGES


def test_every_kind_and_place_of_evidence_has_words():
    from db.records import CREDIT_KINDS, OTHER_EVIDENCE_KINDS

    assert set(KINDS) >= {*CREDIT_KINDS, *OTHER_EVIDENCE_KINDS}
    assert all(PLACES.values())
