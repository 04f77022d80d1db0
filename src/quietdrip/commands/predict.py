"""`quietdrip predict`: what a published model says that doses do."""

import argparse
import json
import sys
from pathlib import Path

from quietdrip.commands.options import Once

COULD_NOT, MALFORMED, REFUSED = 1, 2, 3
PLOTS = (".svg", ".png")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command with everything that may be typed after it."""
    predict = commands.add_parser(
        "predict",
        help="predicted levels with their band, by a published model",
        description="What a published model says that doses do: the typical person, the band of "
        "people where their variability was published, and what to expect when. Milligrams are "
        "those of the model's own drug.",
        allow_abbrev=False,
    )
    predict.set_defaults(run=run)
    predict.add_argument("model", help="id of a model; see `quietdrip library list`")
    predict.add_argument("--weight", required=True, action=Once, metavar="QUANTITY", help="'70 kg'")
    predict.add_argument("--age", default="", action=Once, metavar="YEARS", help="'40 y'")
    predict.add_argument(
        "--infuse", action="append", default=[], metavar="TEXT",
        help="'35 mg over 40 min' or '25 mg/h from 60 min for 4 h'; may be repeated",
    )  # fmt: skip
    predict.add_argument(
        "--bolus", action="append", default=[], metavar="TEXT",
        help="'20 mg at 0 min'; may be repeated",
    )  # fmt: skip
    predict.add_argument(
        "--at", required=True, action=Once, metavar="TIMES", help="'5,20,40,60 min'"
    )
    for name, meta, says in (
        ("band", "PERCENT", "the outer band, 50 to 99 %%; 90 where none is given"),
        ("below", "LEVEL", "a recovery threshold you choose, '50 ng/mL'"),
        ("what-if", "TEXT", "'stop at 20 min', 'pause at 20 min for 10 min', "
         "'rate 15 mg/h at 20 min', 'bolus 5 mg at 20 min'"),
    ):  # fmt: skip
        predict.add_argument(f"--{name}", default="", action=Once, metavar=meta, help=says)
    shape = predict.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print JSON (quietdrip-predict/1)")
    shape.add_argument(
        "--plot", action=Once, metavar="FILE", type=Path, help="draw into a .svg or .png"
    )


def run(call: argparse.Namespace) -> int:
    """Answer one call and give its exit code."""
    if call.plot is not None and call.plot.suffix.lower() not in PLOTS:
        return say(f"'{call.plot}' is no kind of plot; name a file .svg or .png.", MALFORMED)
    from quietdrip.sheets.predict import Question, predicted

    question = Question(
        model=call.model,
        weight=call.weight,
        age=call.age,
        infuse=tuple(call.infuse),
        bolus=tuple(call.bolus),
        at=call.at,
        band=call.band,
        below=call.below,
        what_if=call.what_if,
    )
    found = predicted(question, draw=not call.json)
    if call.json:
        from quietdrip.sheets.predict_json import as_json

        print(json.dumps(as_json(found), indent=1, ensure_ascii=False, allow_nan=False))
        return REFUSED if found.asked is None else 0
    from quietdrip.sheets import plot, predict_text

    if found.asked is None:
        print(predict_text.predict_text(found, ascii_only=not speaks_unicode()), file=sys.stderr)
        return REFUSED
    if call.plot is None:
        print(predict_text.predict_text(found, ascii_only=not speaks_unicode()))
        return 0
    try:
        plot.write(predict_text.predict_plot(found), call.plot)
    except plot.NotWritten as fault:
        return say(str(fault), COULD_NOT)
    print(f"Drawn into {call.plot}.")
    return 0


def say(says: str, code: int) -> int:
    """One sentence on standard error, and the exit code that goes with it."""
    print(f"quietdrip: {says}", file=sys.stderr)
    return code


def speaks_unicode() -> bool:
    """Whether the terminal can show the letters of a chart."""
    try:
        "⠿µ→".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
