"""The walk through the engine does what its page says."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/pkpd/walkthrough.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_every_block_of_the_walkthrough_runs_in_order() -> None:
    text = PAGE.read_text(encoding="utf-8")
    at_one_prompt: dict[str, object] = {"__name__": "walkthrough"}
    blocks = list(BLOCK.finditer(text))
    assert len(blocks) > 5

    for block in blocks:
        # The blank lines keep the line numbers of the page in a traceback.
        before = "\n" * text[: block.start(1)].count("\n")
        exec(compile(before + block[1], str(PAGE), "exec"), at_one_prompt)  # noqa: S102
