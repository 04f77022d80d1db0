"""House: the core reads no clock, holds no clinical number, and its numbers wear units."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import get_type_hints

import pytest

import quietdrip.core
from tests.house.tree import CORE, modules, parsed, shown

UNITS = {
    *("mg", "g", "kg", "ng", "mol", "ml", "l"),
    *("min", "h", "y", "mmhg", "percent", "fraction", "factor"),
}
NUMBER = re.compile(r"\b(int|float|Decimal|Fraction|float64)\b")
# Numbers that have no unit, or whose unit stands in a field beside them. Each says which.
UNIT_TRAVELS_WITH = {
    ("Given", "vials"): "how many vials",
    ("_Group", "place"): "the place in a list",
    ("Scatter", "log_covariance"): "a pure number",
    ("Crowd", "seed"): "a seed",
    ("Crowd", "count"): "how many people",
    ("Crowd", "first"): "the number of a person",
    ("People", "log_effects"): "pure numbers",
    ("People", "values"): "units of the model's parameters, canonical",
    ("Body", "powers"): "pure numbers",
    ("Body", "moves"): "pure numbers",
    ("Body", "into"): "the share of a dose",
    ("Body", "reading_powers"): "pure numbers",
    ("Body", "tree"): "pairs of states",
    ("_Modes", "out"): "pure numbers",
    ("_Modes", "back"): "pure numbers",
    ("Spread", "relative"): "a variance over the level squared",
    ("Spread", "absolute_ng2_per_ml2"): "ng²/mL²",
    ("Measured", "read"): "ng/mL, or its logarithm where `on_log`",
    ("Measured", "relative"): "a variance over the level squared",
    ("Measured", "absolute_ng2_per_ml2"): "ng²/mL²",
    ("Odds", "cost"): "a logarithm",
    ("Odds", "curvature_ml2_per_ng2"): "mL²/ng²",
    ("Odds", "z"): "standard deviations",
    ("Evidence", "chosen"): "1 or 0",
    ("Evidence", "log_covariance"): "pure numbers",
    ("Evidence", "log_precision"): "pure numbers",
    ("Slope", "cost"): "a logarithm",
    ("Slope", "gradient"): "pure numbers",
    ("Slope", "curvature"): "pure numbers",
    ("Slope", "z"): "standard deviations",
    ("Person", "typical"): "units of the model's parameters, canonical",
    ("Seen", "z"): "standard deviations",
    ("Fit", "log_effects"): "pure numbers",
    ("Fit", "log_covariance"): "pure numbers",
    ("Fit", "values"): "units of the model's parameters, canonical",
    ("Posterior", "seed"): "a seed",
    ("Posterior", "log_effects"): "pure numbers",
    ("Posterior", "weights"): "shares",
    ("Posterior", "effective_draws"): "how many draws",
    ("Response", "steepness"): "a pure number",
    ("Response", "people_differ_log_sd"): "a pure number",
    ("Filling", "number"): "the first, second … filling of a syringe",
    ("DrawUp", "vials"): "how many vials",
    ("Limit", "limit"): "its unit is the field `unit`",
    ("Guard", "at_least"): "its unit is the field `unit`",
    ("Guard", "at_most"): "its unit is the field `unit`",
    ("Quantity", "value"): "its unit is the field `unit`",
    ("Unit", "canonical"): "how many canonical units one of this unit is",
    ("Linear", "into"): "which state each dose goes into",
    ("Modes", "into"): "the share of each dose in each mode",
    ("_Grid", "width"): "how many columns",
    ("_Grid", "decays"): "shares that remain after one step",
    ("WeightPower", "exponent"): "a pure number",
    ("Parameter", "typical"): "its unit is the field `unit`",
    ("ByTransit", "steps"): "how many compartments in a row",
    ("Variation", "log_variance"): "a pure number",
    ("Covariation", "log_covariance"): "a pure number",
}
ARITHMETIC = {0, 1, 2, 10, 24, 60, 100, 1000}
# Numbers of drawing and of definition; never of a patient.
NOT_CLINICAL = {
    "pkpd/tally.py": {"8", "500"},  # how finely levels are counted
    "pkpd/population.py": {
        "4096",
        "64",
        "3",
        "4",
        "5",
        "6",
    },  # block of people, bits of a seed, numbers of the streams of chance
    "pkpd/slopes.py": {"1e-05", "3"},  # when two rates count as one; an axis
    "pkpd/likelihood.py": {"30.0", "3"},  # where the normal tail is a series, and a term of it
    "pkpd/evidence.py": {"3"},  # an axis
    "pkpd/fit.py": {
        "0.001",
        "1e-12",
        "0.0001",
        "3.0",
        "1.645",
        "0.01",
        "1e-06",
        "0.5",
    },  # ends of a search, a normal quantile, two levels of surprise, chi-square
    "pkpd/posterior.py": {
        "2000",
        "5",
        "4",
        "0.1",
        "0.5",
    },  # draws, degrees of freedom, rounds, least effective part, middles
    "pkpd/fit_effect.py": {
        "2001",
        "0.001",
        "4.0",
        "6.0",
        "0.05",
        "0.5",
        "0.95",
    },  # a grid and quantiles
    "units.py": {"0.45359237"},  # kg in one pound, exact by the definition of 1959
    "pkpd/predict.py": {"5", "30", "600"},  # minutes between drawn points, and how many points
    "explain.py": {"6"},  # a longer sum is written with its first and last term only
}
SHELL_ONLY = re.compile(
    r"\b(datetime\.now|datetime\.today|datetime\.utcnow|date\.today|default_rng|np\.random"
    r"|np\.(load|save|loadtxt|savetxt|fromfile))\b"
)
SHELL_CALLS = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}


def test_every_number_in_the_core_carries_its_unit() -> None:
    nameless = {
        f"{cls.__name__}.{name}"
        for cls, name in number_fields()
        if name.rsplit("_", 1)[-1] not in UNITS and (cls.__name__, name) not in UNIT_TRAVELS_WITH
    }

    assert nameless == set()


def test_every_excuse_for_a_missing_unit_is_still_needed() -> None:
    there = {(cls.__name__, name) for cls, name in number_fields()}

    assert set(UNIT_TRAVELS_WITH) - there == set()


def test_no_clinical_number_stands_in_the_core() -> None:
    clinical = {
        f"{shown(module)}:{line}: {number}"
        for module in modules(CORE)
        for line, number in literal_numbers(parsed(module))
        if Decimal(number) not in ARITHMETIC
        and number not in NOT_CLINICAL.get(module.relative_to(CORE).as_posix(), ())
    }

    assert clinical == set()


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("rate = dose * 0.5", "0.5"),
        ("cap = Decimal('300')", "300"),
        ("half = Fraction(45, 1)", "45"),
        ("if weight_kg > 40: pass", "40"),
    ],
)
def test_the_search_for_clinical_numbers_finds_one(code: str, number: str) -> None:
    assert number in {found for _, found in literal_numbers(ast.parse(code))}


def test_how_many_digits_are_shown_is_no_clinical_number() -> None:
    code = "def shown(x, places=3): return shown(x, places=8)"

    assert list(literal_numbers(ast.parse(code))) == []


def test_the_core_reads_no_clock_no_disk_and_no_chance() -> None:
    reaching = {
        f"{shown(module)}:{node.lineno}: {called}"
        for module in modules(CORE)
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.Call)
        and ((called := ast.unparse(node.func)) in SHELL_CALLS or SHELL_ONLY.search(called))
    }

    assert reaching == set()


def test_the_core_imports_only_the_standard_library_and_numpy() -> None:
    allowed = {
        *("collections", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools"),
        *("itertools", "math", "operator", "re", "string", "types", "typing", "textwrap"),
        *("numpy", "quietdrip", "__future__", "bisect", "unicodedata", "hashlib"),
    }
    foreign = {
        f"{shown(module)}: {name}"
        for module in modules(CORE)
        for name in imported(parsed(module))
        if name.split(".")[0] not in allowed
    }

    assert foreign == set()


def number_fields() -> Iterator[tuple[type, str]]:
    """Every field of a core dataclass that holds numbers, alone or in a tuple or array."""
    for module_info in pkgutil.walk_packages(quietdrip.core.__path__, "quietdrip.core."):
        module = importlib.import_module(module_info.name)
        for cls in vars(module).values():
            if not (isinstance(cls, type) and is_dataclass(cls)):
                continue
            if cls.__module__ != module.__name__:
                continue
            hints = get_type_hints(cls)
            for field in fields(cls):
                hint = hints[field.name]
                text = hint.__name__ if isinstance(hint, type) else str(hint)
                if NUMBER.search(text):
                    yield cls, field.name


def literal_numbers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Each number written in code, with its line; how many digits are shown does not count."""
    of_digits = digits_shown(tree)
    for node in ast.walk(tree):
        if node in of_digits or not isinstance(node, ast.Constant):
            continue
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            yield node.lineno, str(node.value)
        elif isinstance(node.value, str) and re.fullmatch(r"-?\d+(\.\d+)?", node.value):
            yield node.lineno, node.value.lstrip("-")


def digits_shown(tree: ast.Module) -> set[ast.expr]:
    """The values given to `places`, as an argument or as its default."""
    found: set[ast.expr] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "places":
            found.add(node.value)
        if isinstance(node, ast.arguments):
            named = [*node.posonlyargs, *node.args]
            pairs = zip(named[len(named) - len(node.defaults) :], node.defaults, strict=True)
            found |= {value for argument, value in pairs if argument.arg == "places"}
    return found


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module)
