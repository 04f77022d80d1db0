"""House: code that fits a screen, names that name, values that cannot change."""

import ast
import re

import pytest

from tests.house.tree import SOURCE, modules, parsed, shown

FUNCTION_LINES, MODULE_LINES = 40, 400
SAYS_NOTHING = re.compile(r"(Manager|Service|Helper|Base|Impl|Mixin|Abstract)(?=[A-Z_]|$)|^utils?$")
FROZEN = {"frozen", "slots", "kw_only"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_a_function_fits_a_screen() -> None:
    too_long = {
        f"{shown(module)}: {node.name} has {length} lines"
        for module in modules()
        for node in ast.walk(parsed(module))
        if isinstance(node, Function)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    }

    assert too_long == set()


def test_a_module_fits_an_evening() -> None:
    lengths = {shown(module): len(module.read_text().splitlines()) for module in modules()}

    assert {name: n for name, n in lengths.items() if n > MODULE_LINES} == {}


def test_no_name_says_nothing() -> None:
    empty = {
        f"{shown(module)}: {name}"
        for module in modules()
        for name in [module.stem, *defined_names(parsed(module))]
        if SAYS_NOTHING.search(name)
    }

    assert empty == set()


@pytest.mark.parametrize(
    "name", ["DoseManager", "PumpServiceV2", "BaseCard", "CardImpl", "utils", "Helper"]
)
def test_the_search_for_empty_names_finds_one(name: str) -> None:
    assert SAYS_NOTHING.search(name)


@pytest.mark.parametrize("name", ["Baseline", "manage", "serviceable", "BasedOn", "Card"])
def test_the_search_for_empty_names_leaves_honest_names_alone(name: str) -> None:
    assert not SAYS_NOTHING.search(name)


def test_every_dataclass_is_frozen_slotted_and_named_by_keyword() -> None:
    loose = {
        f"{shown(module)}: {node.name}"
        for module in modules()
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if "dataclass" in ast.unparse(decorator) and true_keywords(decorator) != FROZEN
    }

    assert loose == set()


def test_nothing_in_the_core_inherits() -> None:
    heirs = {
        f"{shown(module)}: {node.name}({', '.join(parents)})"
        for module in modules(SOURCE / "core")
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.ClassDef)
        and (parents := {ast.unparse(b) for b in node.bases} - {"Enum", "StrEnum", "Protocol"})
    }

    assert heirs == set()


def test_every_module_opens_with_one_to_three_lines() -> None:
    wordy = {
        shown(module): len(text.splitlines())
        for module in modules()
        if not 1 <= len((text := opening(parsed(module))).strip().splitlines()) <= 8
        or not 1 <= len(text.strip().split("\n\n")[0].splitlines()) <= 3
    }

    assert wordy == {}


def opening(tree: ast.Module) -> str:
    return ast.get_docstring(tree) or ""


def true_keywords(decorator: ast.expr) -> set[str]:
    if not isinstance(decorator, ast.Call):
        return set()
    return {
        str(word.arg)
        for word in decorator.keywords
        if isinstance(word.value, ast.Constant) and word.value.value is True
    }


def defined_names(tree: ast.Module) -> list[str]:
    return [node.name for node in ast.walk(tree) if isinstance(node, Function | ast.ClassDef)]
