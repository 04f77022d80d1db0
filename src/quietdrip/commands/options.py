"""Options that several commands share: one typed once, a FIELD=VALUE, a site's folder."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

SITE_VARIABLE = "QUIETDRIP_SITE"


class Once(argparse.Action):
    """Takes an option once; typed twice it is malformed, for nobody knows which was meant."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        """Keep the value, or end the program with 2."""
        once = vars(namespace).setdefault("once", set())
        if self.dest in once:
            parser.error(f"{option_string} is given twice; give it once.")
        once.add(self.dest)
        setattr(namespace, self.dest, values)


def add_site(command: argparse.ArgumentParser) -> None:
    """The folder with a site's own signed entries, or the variable that names it."""
    command.add_argument(
        "--site", type=Path, metavar="FOLDER",
        default=Path(os.environ[SITE_VARIABLE]) if os.environ.get(SITE_VARIABLE) else None,
        help=f"a site's own signed entries (or {SITE_VARIABLE})",
    )  # fmt: skip


def pair(text: str) -> tuple[str, str]:
    """A field and what was typed for it, from `FIELD=VALUE`."""
    field, equals, value = text.partition("=")
    if not field or not equals:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no FIELD=VALUE; write one, such as rate='25 mg/h'"
        )
    return field, value
