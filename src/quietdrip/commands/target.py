"""`quietdrip target`: pump rates that reach, hold or stay under a level, inside every limit."""

import argparse
import json
import sys

from quietdrip.commands.options import Once
from quietdrip.commands.predict import MALFORMED, REFUSED, say, speaks_unicode


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command with everything that may be typed after it."""
    target = commands.add_parser(
        "target",
        help="pump rates that reach, hold or stay under a level",
        description="Pump rates that bring a model's typical person to a level and hold it "
        "(--hold), that keep the band of people under a level (--under), or that reach a level by "
        "even steps (--reach); inside every limit of the library, hard and soft. It plans; a "
        "person programs the pump.",
        allow_abbrev=False,
    )
    target.set_defaults(run=run)
    target.add_argument("model", help="id of a model; see `quietdrip library list`")
    asked = target.add_mutually_exclusive_group(required=True)
    asked.add_argument("--hold", default="", metavar="LEVEL", help="'100 ng/mL'")
    asked.add_argument("--under", default="", metavar="LEVEL", help="'150 ng/mL'")
    asked.add_argument("--reach", default="", metavar="LEVEL", help="'100 ng/mL'")
    for name, meta, says in (
        ("weight", "QUANTITY", "'70 kg'"),
        ("final", "STRENGTH", "final concentration from the signed list, '1 mg/mL'"),
        ("pump", "ID", "pump from the list"),
        ("programme", "WHICH", "pain or mood: whose limits hold"),
        ("for", "TIME", "how long, or by when: '60 min', '3 h'"),
    ):
        target.add_argument(f"--{name}", required=True, action=Once, metavar=meta, help=says)
    for name, meta, says in (
        ("site", "WHICH", "plasma or effect; plasma where none is given"),
        ("every", "TIME", "how often the rate may change: '5 min', '1 h'"),
        ("start", "RATE", "first rate of --reach, '10 mg/h'"),
        ("band", "PERCENT", "the outer band, 50 to 99 %%; 90 where none is given"),
    ):
        target.add_argument(f"--{name}", default="", action=Once, metavar=meta, help=says)
    target.add_argument(
        "--inpatient", action="store_true", help="limits for outpatients do not hold"
    )
    target.add_argument("--json", action="store_true", help="print JSON (quietdrip-target/1)")


def run(call: argparse.Namespace) -> int:
    """Answer one call and give its exit code."""
    if call.under and call.every:
        return say("--under asks for one fixed rate; leave --every out.", MALFORMED)
    if call.start and not call.reach:
        return say("--start belongs to --reach; leave it out.", MALFORMED)
    if not call.under and not call.every:
        return say("Say how often the rate may change, such as --every '5 min'.", MALFORMED)
    from quietdrip.sheets import target_sheet
    from quietdrip.sheets.target import Question, targeted

    found = targeted(
        Question(
            model=call.model,
            weight=call.weight,
            final=call.final,
            pump=call.pump,
            programme=call.programme,
            inpatient=call.inpatient,
            site=call.site or "plasma",
            for_=vars(call)["for"],
            hold=call.hold,
            under=call.under,
            reach=call.reach,
            every=call.every,
            start=call.start,
            band=call.band,
        )
    )
    if call.json:
        told = target_sheet.as_json(found)
        print(json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False))
    else:
        text = target_sheet.as_text(found, ascii_only=not speaks_unicode())
        print(text, file=sys.stderr if found.program is None else sys.stdout)
    return REFUSED if found.program is None else 0
