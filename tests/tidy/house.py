"""The source files of the house, read and parsed once, and small questions about them."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("shared", "services", "deploy", "tests")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False)
class Source:
    """One Python file: where it is, its text, its tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """The path from the root of the house, e.g. shared/money.py."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def parts(self) -> tuple[str, ...]:
        """The name's parts, e.g. ("shared", "money.py")."""
        return self.path.relative_to(ROOT).parts

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree, walked once."""
        return tuple(ast.walk(self.tree))

    @property
    def role(self) -> str:
        """What the file is in its service: `repository` for repository.py and for everything in repository/.

        In a service's sandbox/ the files have the same roles again.
        """
        parts = [part for part in self.parts[2:] if part != "sandbox"] if self.parts[0] == "services" else []
        return parts[0].removesuffix(".py") if parts else ""

    @property
    def migration(self) -> bool:
        """Whether it is one of Alembic's files."""
        return "migrations" in self.parts


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file that is, or is about to be, under version control."""
    return tuple(_read(path) for path in files() if path.suffix == ".py")


@cache
def files() -> tuple[Path, ...]:
    """Every file that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return tuple(sorted(ROOT / line for line in set(listed) if (ROOT / line).is_file()))


def product() -> tuple[Source, ...]:
    """What runs in production: shared and services without migrations."""
    return tuple(source for source in sources() if source.parts[0] in ("shared", "services") and not source.migration)


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Every module that the file imports, with its line."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def functions(source: Source) -> Iterator[Function]:
    """Every function, at any depth."""
    return (node for node in source.nodes if isinstance(node, Function))


def length(node: Function | ast.ClassDef) -> int:
    """Lines from the def to its last statement."""
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def calls(source: Source, *names: str) -> Iterator[int]:
    """The lines where one of these dotted names is called; `.commit` means any object's commit."""
    for node in source.nodes:
        if isinstance(node, ast.Call):
            spelled = f".{dotted(node.func)}"
            if any(spelled.endswith(f".{name.lstrip('.')}") for name in names):
                yield node.lineno


def dotted(node: ast.expr) -> str:
    """The name of what is called, e.g. `self.engine.connect`; what is no name is a question mark."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def strings(source: Source) -> Iterator[tuple[int, str]]:
    """Every string constant that is not a statement of its own (those are documentation), with its line."""
    documentation = {id(node.value) for node in source.nodes if isinstance(node, ast.Expr)}
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value


def _read(path: Path) -> Source:
    text = path.read_text()
    return Source(path, text, ast.parse(text, str(path)))
