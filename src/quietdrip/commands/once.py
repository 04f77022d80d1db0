"""An option that may be typed once: typed twice, nobody knows which was meant."""

import argparse
from collections.abc import Sequence


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
