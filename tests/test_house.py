"""The house keeps its floors and its manners: imports, names, docstrings, sizes, no paths of a machine."""

import ast
import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = {
    "db": {"db"},
    "crawler": {"crawler", "db"},
    "dedupe": {"dedupe", "db"},
    "demo": {"demo", "crawler", "dedupe", "db"},
    "newstrace": {"newstrace", "crawler", "dedupe", "db"},
}
"""Who may import whom."""

PURE = (
    "db/chain.py", "db/draw.py", "db/records.py", "db/screen.py", "db/urls.py", "dedupe/direction.py",
    "dedupe/link.py", "dedupe/phantoms.py",
)  # fmt: skip
"""Modules that ask neither a network nor a clock."""

MAX_LINES = 40

SOURCES = sorted(file for top in FLOORS for file in (*ROOT.glob(f"{top}.py"), *ROOT.glob(f"{top}/**/*.py")))
OTHER_SOURCES = sorted(file for top in ("tests", "bench", "tools") for file in ROOT.glob(f"{top}/**/*.py"))
READ_BY_PEOPLE = {".py", ".toml", ".md", ".txt", ".html", ".css", ".cfg", ".sh", ".yml", ""}
MACHINE_PATHS = re.compile(
    r"""(?<![\w./~-])/(?:home|Users|root|work|opt|mnt|srv|tmp)/[\w.-]|[A-Z]:\\Users\\""",
)


def name(file: Path) -> str:
    """The file's path inside the project."""
    return file.relative_to(ROOT).as_posix()


def parsed(file: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(file.read_text(encoding="utf-8"))


def imported(file: Path) -> set[str]:
    """The full names of the modules that a file imports when it runs, at any depth of its code."""
    tree = parsed(file)
    never_run = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    nodes = [node for node in ast.walk(tree) if id(node) not in never_run]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}


def long_functions(file: Path) -> list[tuple[str, int]]:
    """The functions of a file that are longer than MAX_LINES, decorators and docstring not counted."""
    found = []
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            lines = (node.end_lineno or 0) - body[0].lineno + 1
            if lines > MAX_LINES:
                found.append((f"{name(file)}:{node.name}", lines))
    return found


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_imports_run_downward(file):
    floor = name(file).split("/")[0].removesuffix(".py")
    tops = {module.split(".")[0] for module in imported(file)}
    assert tops & set(FLOORS) <= FLOORS[floor]


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_imports_are_absolute(file):
    assert not [node for node in ast.walk(parsed(file)) if isinstance(node, ast.ImportFrom) and node.level]


def test_no_two_modules_import_each_other():
    modules = {name(file).removesuffix(".py").replace("/", "."): imported(file) for file in SOURCES}
    edges = {module: names & set(modules) for module, names in modules.items()}
    circles = [(a, b) for a, names in edges.items() for b in names if a < b and a in edges[b]]
    assert circles == []


@pytest.mark.parametrize("file", PURE)
def test_pure_modules_ask_no_network_and_no_clock(file):
    source = (ROOT / file).read_text(encoding="utf-8")
    assert not imported(ROOT / file) & {"socket", "urllib.request", "scrapy", "requests", "subprocess"}
    assert not re.search(r"\b(?:datetime\.now|time\.time|date\.today)\(", source)


@pytest.mark.parametrize("top", sorted(FLOORS))
def test_nobody_else_installed_a_package_of_our_names(top):
    """There is another `dedupe` in the world; installed beside ours, one would hide the other."""
    assert set(packages_distributions().get(top, [])) <= {"newstrace"}


@pytest.mark.parametrize("file", SOURCES + OTHER_SOURCES, ids=name)
def test_every_module_says_what_it_is(file):
    told = ast.get_docstring(parsed(file)) or ""
    if file.name == "conftest.py" or file in SOURCES:
        assert told.strip().endswith((".", "?", "`", ":", ")")), told
    if file in SOURCES and file.name == "__init__.py":
        assert len(parsed(file).body) == 1, "nothing in __init__.py but its docstring"


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_functions_fit_on_a_screen(file):
    assert long_functions(file) == []


def test_no_file_names_a_path_of_some_machine():
    found = []
    for file in ROOT.rglob("*"):
        parts = file.relative_to(ROOT).parts
        skipped = any(
            (part.startswith(".") and part != ".ci") or part.endswith(".egg-info") for part in parts
        )
        if skipped or "__pycache__" in parts or not file.is_file() or file.suffix not in READ_BY_PEOPLE:
            continue
        if file == Path(__file__):
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        found += [f"{name(file)}: {hit[0]}" for hit in MACHINE_PATHS.finditer(text)]
    assert found == []


def test_the_requirements_name_no_index_and_have_hashes():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if re.match(r"[a-z0-9]", line, re.I)]
    assert pinned
    assert all("==" in line and line.endswith("\\") for line in pinned)
    assert not [line for line in lines if line.startswith(("-i", "--index", "--extra-index", "--find", "-e"))]
    assert not any("://" in line for line in pinned)
