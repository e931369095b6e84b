"""Write the API page: python scripts/make_api_page.py [PAGE], docs/api.md by default.

The page lists every public name, module by module: those of the modules at the top of the package
with their docstrings in full, those of its packages with a line each. The code is read, never
imported, so that the page needs neither torch nor MediaPipe. Public is what has no leading
underscore in its own name nor in those of its modules. The same code gives the same page to the
byte.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import griffe

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "ganimate"
PAGE = ROOT / "docs" / "api.md"
WIDTH = 96  # characters of a signature that stands on one line

INTRODUCTION = f"""\
# API

`scripts/docs.sh` writes this page from the docstrings of the code: edit those, not this page. The
first section is what `import {PACKAGE}` gives, for programs that use it; the modules at the top of
the package are what that stands on. Modules of packages are listed with a line for each name, for
those who work on {PACKAGE} itself: their docstrings stand in the code.
"""


def main() -> None:
    """Write the page, to the path that is given or to its place in docs/."""
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    page.write_text(make_page(), encoding="utf-8")


def make_page() -> str:
    """The whole page as Markdown."""
    package = griffe.load(PACKAGE, search_paths=[ROOT], allow_inspection=False)
    assert isinstance(package, griffe.Module)
    modules = [one for one in list_modules(package) if one.docstring or list_members(one)]
    contents = [f"- [{one.path}](#{make_anchor(one.path)}){summarise(one)}" for one in modules]
    blocks = [INTRODUCTION.rstrip(), "\n".join(contents)]
    for module in modules:
        blocks += write_module(module, package)
    return "\n\n".join(blocks) + "\n"


def list_modules(module: griffe.Module) -> Iterator[griffe.Module]:
    """A module and those below it, by name."""
    yield module
    for name, member in sorted(module.members.items()):
        if isinstance(member, griffe.Module) and not name.startswith("_"):
            yield from list_modules(member)


def write_module(module: griffe.Module, package: griffe.Module) -> Iterator[str]:
    """A module's section, block by block."""
    yield f"## {module.path}"
    yield from write_prose(module)
    yield from list_reexports(module, package)
    own = list_members(module)
    if module.path.count(".") > 1:
        if own:
            yield "\n".join(map(summarise_member, own))
        return
    constants = [entry for entry in own if isinstance(entry, griffe.Attribute)]
    if constants:
        yield format_code("\n".join(map(format_constant, constants)).rstrip())
    for entry in own:
        if isinstance(entry, griffe.Class):
            yield from write_class(entry)
        elif isinstance(entry, griffe.Function):
            yield from write_function(entry, level=3)


def list_reexports(module: griffe.Module, package: griffe.Module) -> Iterator[str]:
    """What a package hands on from its modules: in full for the top one, else where to look."""
    places = []
    for name in sorted(str(export) for export in module.exports or ()):
        member = module.members.get(name)
        if not isinstance(member, griffe.Alias):
            continue
        target = package[member.target_path.removeprefix(f"{package.path}.")]
        if module is not package:
            home = target.module.path
            places.append(f"- `{name}` of [{home}](#{make_anchor(home)})")
        elif isinstance(target, griffe.Class):
            yield from write_class(target)
        elif isinstance(target, griffe.Function):
            yield from write_function(target, level=3)
    if places:
        yield "\n".join(places)


def list_members(owner: griffe.Module | griffe.Class) -> list[griffe.Object]:
    """What a module or class defines itself, in the order of its source."""
    own = [
        member
        for name, member in owner.members.items()
        if isinstance(member, griffe.Attribute | griffe.Class | griffe.Function)
        and not name.startswith("_")
    ]
    return sorted(own, key=lambda member: member.lineno or 0)


def write_class(entry: griffe.Class) -> Iterator[str]:
    """A class: its head with its fields as the source has them, then its public methods."""
    yield f"### {entry.name}"
    bases = ", ".join(map(format_source, entry.bases))
    head = [
        *list_decorators(entry),
        f"class {entry.name}({bases}):" if bases else f"class {entry.name}:",
    ]
    body = list_fields(entry)
    if not body:
        head[-1] = head[-1].removesuffix(":")
    yield format_code("\n".join([*head, *body]))
    yield from write_prose(entry)
    initialiser = entry.members.get("__init__")
    if isinstance(initialiser, griffe.Function) and initialiser.source:  # not a dataclass's own
        yield format_code(format_signature(initialiser, name=entry.name))
        yield from write_prose(initialiser)
    for member in list_members(entry):
        if isinstance(member, griffe.Function):
            yield from write_function(member, level=4)
        elif isinstance(member, griffe.Attribute) and not is_field(member):
            yield f"#### {entry.name}.{member.name}"
            yield format_code(f"{member.name}: {format_source(member.annotation)}")
            yield from write_prose(member)


def write_function(entry: griffe.Function, level: int) -> Iterator[str]:
    """A function or method."""
    assert entry.parent is not None
    owner = f"{entry.parent.name}." if isinstance(entry.parent, griffe.Class) else ""
    yield f"{'#' * level} {owner}{entry.name}"
    yield format_code("\n".join([*list_decorators(entry), format_signature(entry)]))
    yield from write_prose(entry)


def list_decorators(entry: griffe.Class | griffe.Function) -> list[str]:
    """The lines of an entry's decorators."""
    return [f"@{format_source(decorator.value)}" for decorator in entry.decorators]


def format_signature(entry: griffe.Function, name: str = "") -> str:
    """`def` and all parameters, or a call of `name`; one parameter a line where one is too long."""
    parts = format_parameters(entry)
    start = f"{name}(" if name else f"def {entry.name}("
    end = ")" if name or entry.returns is None else f") -> {format_source(entry.returns)}"
    line = f"{start}{', '.join(parts)}{end}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([start, *(f"    {part}," for part in parts), end])


def format_parameters(entry: griffe.Function) -> list[str]:
    """The parameters as they are written, without `self`, with the marks `/` and `*`."""
    kinds = griffe.ParameterKind
    stars = {kinds.var_positional: "*", kinds.var_keyword: "**"}
    parts: list[str] = []
    before: griffe.ParameterKind | None = None
    for index, parameter in enumerate(entry.parameters):
        if index == 0 and parameter.name in ("self", "cls"):
            continue
        kind = parameter.kind
        if before is kinds.positional_only and kind is not before:
            parts.append("/")
        if kind is kinds.keyword_only and before not in (kind, kinds.var_positional):
            parts.append("*")
        text = stars.get(kind or kinds.positional_or_keyword, "") + parameter.name
        if parameter.annotation is not None:
            text += f": {format_source(parameter.annotation)}"
        if parameter.default is not None and kind not in stars:
            text += f"{' = ' if parameter.annotation is not None else '='}"
            text += format_source(parameter.default)
        parts.append(text)
        before = kind
    return parts


def format_source(expression: str | griffe.Expr | None) -> str:
    """An expression in double quotes, without what Annotated adds to a type."""
    if isinstance(expression, griffe.ExprSubscript) and str(expression.left) == "Annotated":
        inside = expression.slice
        expression = inside.elements[0] if isinstance(inside, griffe.ExprTuple) else inside
    return re.sub(r"'([^'\"\\]*)'", r'"\1"', str(expression))


def list_fields(entry: griffe.Class) -> list[str]:
    """The lines of a class's body between its docstring and its first method or inner class."""
    lines = read_source(entry)
    start = entry.lineno or 1
    members = [one for one in entry.members.values() if not isinstance(one, griffe.Alias)]
    attributes = [one for one in members if is_field(one)]
    end = min(
        (one.lineno for one in members if one not in attributes and one.lineno),
        default=start + len(lines),
    )
    places = [one.lineno for one in attributes if one.lineno and one.lineno < end]
    if not places:
        return []
    documented = entry.docstring.endlineno if entry.docstring else None
    first = documented + 1 if documented else min(places)
    return "\n".join(lines[first - start : end - start]).strip("\n").rstrip().splitlines()


def is_field(member: griffe.Object) -> bool:
    """Whether a member is a field rather than a property."""
    return isinstance(member, griffe.Attribute) and "property" not in member.labels


def read_source(entry: griffe.Object) -> list[str]:
    """The lines of an entry's source."""
    return entry.source.splitlines()


def format_constant(entry: griffe.Attribute) -> str:
    """A constant or an alias of a type as its source has it, its value left out if it is long."""
    lines = read_source(entry)
    text = lines[0]
    if len(lines) > 1:
        text = entry.name
        if entry.annotation is not None:
            text += f": {format_source(entry.annotation)}"
        text += " = ..."
    if entry.docstring:
        text += f'\n"""{entry.docstring.value}"""\n'
    return text


def format_code(text: str) -> str:
    """A text as a block of Python."""
    return f"```python\n{text}\n```"


def write_prose(entry: griffe.Object) -> Iterator[str]:
    """A docstring as Markdown, paragraph by paragraph; what is aligned in columns stays so."""
    if entry.docstring is None:
        return
    for paragraph in re.split(r"\n\s*\n", entry.docstring.value):
        lines = paragraph.splitlines()
        if re.search(r"\S {2,}\S", paragraph) or all(line.startswith("    ") for line in lines):
            yield f"```text\n{paragraph}\n```"
        else:
            yield "\n".join(map(escape_line, lines))


def escape_line(line: str) -> str:
    """A line of plain text as Markdown that shows just that; code between backticks stays."""
    parts = re.split(r"(`[^`]*`)", line)
    for place in range(0, len(parts), 2):
        part = re.sub(r"([\\*~])", r"\\\1", parts[place])
        part = re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", part)
        part = re.sub(r"<(?=[A-Za-z/!?])", r"\\<", part)
        parts[place] = re.sub(r"\](?=[(\[])", r"\\]", part)
    return re.sub(r"^(\s*)([\[#>+])", r"\1\\\2", "".join(parts))


def summarise_member(entry: griffe.Object) -> str:
    """A line of a list: a name as it is written, and the first sentence of its docstring."""
    name = format_signature(entry) if isinstance(entry, griffe.Function) else entry.name
    words = " ".join(name.removeprefix("def ").split()).replace("( ", "(").replace(", )", ")")
    return f"- `{words}`{summarise(entry)}"


def summarise(entry: griffe.Object) -> str:
    """The first sentence of a docstring, after a colon; nothing without a docstring."""
    if entry.docstring is None:
        return ""
    paragraph = " ".join(entry.docstring.value.split("\n\n")[0].split())
    sentence = re.split(r"\.(?= [A-Z]|$)", paragraph)[0].removesuffix(":")
    return f": {escape_line(sentence)}"


def make_anchor(heading: str) -> str:
    """Where GitHub puts a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    main()
