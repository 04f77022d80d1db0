"""Entries a clinician reads and no calculation uses: recovery, aftercare, alarm limits, evidence.

Their form is checked, their numbers stay text with units.
"""

from quietdrip.library.entry import CONFIDENCES, HEAD, EntryError, Table, parse


def reference(path: str, text: str) -> Table:
    """The entry, once its head is complete and every fact in it is a text, a flag or a list."""
    table = parse(path, text)
    table.one_of("kind", ("reference",))
    rest = [key for key in table.values if key not in (*HEAD, "kind", "title", "says")]
    table.knows((*HEAD, "kind", "title"), ("says", *rest))
    table.text("title")
    table.texts("says")
    table.texts("source", needed=True)
    table.one_of("confidence", CONFIDENCES)
    if not rest:
        raise EntryError(path, "it states nothing.")
    for key in rest:
        table.facts(key)
    return table
