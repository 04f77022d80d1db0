"""The command line: each command loads only what it needs; the larger ones stand in `commands`.

Exit 0: done. 1: the machine could not (a file, a port, a font). 2: the call was malformed.
3: the core refused, and said why.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from quietdrip.commands import predict, simulate, target
from quietdrip.commands.options import SITE_VARIABLE, Once, add_site, pair

if TYPE_CHECKING:
    from quietdrip.sheets.answer import Answer

COULD_NOT, MALFORMED, REFUSED = 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    call = _parser().parse_args(argv)
    try:
        code: int = call.run(call)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader of a pipe went away: nothing is left to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COULD_NOT
    except OSError as fault:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _say(f"The answer could not be written: {fault.strerror}.", COULD_NOT)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="quietdrip",
        description="Plan, check and explain an intravenous sub-anaesthetic ketamine infusion.",
        epilog="Not a cleared medical device: it plans and warns, a clinician decides.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_card(commands)
    _add_library(commands)
    _add_demo(commands)
    predict.add(commands)
    target.add(commands)
    simulate.add(commands)
    return parser


def _version() -> str:
    from quietdrip import __version__

    return f"quietdrip {__version__}"


def _add_card(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    card = commands.add_parser(
        "card",
        help="the infusion card: draw-up, pump rates, limits, clock, curve",
        description="One set of numbers from order to syringe to pump rate, or a refusal that says "
        "why. Every number is typed with its unit, such as '70 kg'.",
        allow_abbrev=False,
    )
    card.set_defaults(run=_card)
    card.add_argument("protocol", help="id of a protocol; see `quietdrip library list`")
    card.add_argument(
        "--weight", required=True, action=Once, metavar="QUANTITY", help="measured, '70 kg'"
    )
    card.add_argument(
        "--vial", required=True, action=Once, metavar="STRENGTH", help="'50 mg/mL', or a vial's id"
    )
    for name, meta, says in (
        ("final", "STRENGTH", "final concentration from the signed list, '1 mg/mL'"),
        ("syringe", "VOLUME", "'50 mL'"),
        ("pump", "ID", "pump from the list"),
        ("diluent", "ID", "diluent from the list"),
        ("start", "HH:MM", "time of day the pump starts"),
        ("ideal-weight", "QUANTITY", "shown beside the actual weight"),
        ("adjusted-weight", "QUANTITY", "shown beside the actual weight"),
        ("dosing-weight", "WHICH", "actual, ideal or adjusted: which one to dose by"),
        ("last-weight", "QUANTITY", "weight at the last visit, to catch a slip"),
    ):
        card.add_argument(f"--{name}", default="", action=Once, metavar=meta, help=says)
    card.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", type=pair, dest="given",
        help="a field the protocol leaves open, such as rate='25 mg/h'; may be repeated",
    )  # fmt: skip
    card.add_argument(
        "--confirm", action="append", default=[], metavar="FIELD=VALUE", type=pair,
        help="a value that was asked back, typed a second time; may be repeated",
    )  # fmt: skip
    card.add_argument("--json", action="store_true", help="print JSON (schema quietdrip-card/1)")
    card.add_argument("--pdf", metavar="FILE", type=Path, help="write a one-page PDF")
    card.add_argument("--paper", choices=("a4", "letter"), default="a4", help="paper of the PDF")
    add_site(card)


def _add_library(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    library = commands.add_parser(
        "library", help="what is known: protocols, vials, pumps, limits", allow_abbrev=False
    )
    whats = library.add_subparsers(title="commands", required=True, metavar="COMMAND")
    listing = whats.add_parser("list", help="every entry, one line each", allow_abbrev=False)
    listing.set_defaults(run=_library_list)
    show = whats.add_parser("show", help="one entry, for a clinician", allow_abbrev=False)
    show.set_defaults(run=_library_show)
    show.add_argument("id")
    check = whats.add_parser("check", help="judge every entry", allow_abbrev=False)
    check.set_defaults(run=_library_check)
    sign = whats.add_parser("sign", help="sign a site's entry", allow_abbrev=False)
    sign.set_defaults(run=_library_sign)
    sign.add_argument("entry", type=Path, help="the entry's file inside the site's folder")
    sign.add_argument("--by", required=True, metavar="NAME")
    sign.add_argument(
        "--role", required=True, help="prescriber, pharmacist, nurse or medical-director"
    )
    seal = whats.add_parser("seal", help="renew the package's fingerprints", allow_abbrev=False)
    seal.set_defaults(run=_library_seal)
    for command in (listing, show):
        command.add_argument("--json", action="store_true")
    for command in (listing, show, check, sign):
        add_site(command)


def _add_demo(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    demo = commands.add_parser("demo", help="open the pages on this machine", allow_abbrev=False)
    demo.set_defaults(run=_demo)
    demo.add_argument("--port", type=int, default=8000)
    add_site(demo)


def _card(call: argparse.Namespace) -> int:
    from quietdrip.core.prescription import Asked
    from quietdrip.sheets.answer import answer

    twice = _named_twice(call.given) or _named_twice(call.confirm)
    if twice:
        return _say(f"The field {twice} is given twice; give each field once.", MALFORMED)
    asked = Asked(
        weight=call.weight,
        vial=call.vial,
        final=call.final,
        syringe=call.syringe,
        pump=call.pump,
        diluent=call.diluent,
        ideal_weight=call.ideal_weight,
        adjusted_weight=call.adjusted_weight,
        dosing_weight=call.dosing_weight,
        last_weight=call.last_weight,
        start=call.start,
        given=dict(call.given),
        confirmed=dict(call.confirm),
    )
    found = answer(call.protocol, asked, call.site)
    _print_card(call, found)
    if found.card is None:
        if call.pdf:
            _say(f"No PDF was written; a file {call.pdf} there is an older one.", REFUSED)
        return REFUSED
    return _write_pdf(call, found) if call.pdf else 0


def _named_twice(pairs: Sequence[tuple[str, str]]) -> str:
    """The first field that is given more than once, or nothing."""
    fields = [field for field, _ in pairs]
    return next((field for field in fields if fields.count(field) > 1), "")


def _print_card(call: argparse.Namespace, found: "Answer") -> None:
    if call.json:
        import json

        from quietdrip.sheets.card_json import as_json

        print(json.dumps(as_json(found), indent=1, ensure_ascii=not _speaks_unicode()))
        return
    from quietdrip.sheets.card_text import card_text, refusal_text

    ascii_only = not _speaks_unicode()
    if found.card is None:
        print(refusal_text(found, ascii_only=ascii_only), file=sys.stderr)
    else:
        print(card_text(found, ascii_only=ascii_only))


def _write_pdf(call: argparse.Namespace, found: "Answer") -> int:
    from quietdrip.sheets.card_pdf import MissingFont, pdf_bytes

    try:
        page = pdf_bytes(found, call.paper)
        call.pdf.write_bytes(page)
    except MissingFont as missing:
        return _say(str(missing), COULD_NOT)
    except OSError as fault:
        return _say(
            f"The PDF could not be written to {call.pdf}: {fault.strerror}. Name another file.",
            COULD_NOT,
        )
    return 0


def _library_list(call: argparse.Namespace) -> int:
    from quietdrip.sheets import entry_text

    if call.site is not None and not call.site.is_dir():
        return _say(f"There is no folder {call.site} with a site's library.", REFUSED)

    if call.json:
        return _print_json(entry_text.list_json(call.site))
    return _print(entry_text.list_text(call.site))


def _library_show(call: argparse.Namespace) -> int:
    from quietdrip.sheets import entry_text

    if call.json:
        return _print_json(entry_text.show_json(call.id, call.site))
    return _print(entry_text.show_text(call.id, call.site))


def _library_check(call: argparse.Namespace) -> int:
    from quietdrip.library import judge

    if call.site is not None and not call.site.is_dir():
        return _say(f"There is no folder {call.site} with a site's library.", REFUSED)
    report = judge.judge(call.site)
    print(report.text)
    return COULD_NOT if report.wrong else 0


def _library_sign(call: argparse.Namespace) -> int:
    from datetime import datetime

    from quietdrip.core.reasons import Refusal
    from quietdrip.library import sign

    if call.site is None:
        return _say(
            "Name the site's folder with --site; only a site's entries are signed.", MALFORMED
        )
    today = datetime.now().astimezone().date()  # noqa: TID251  # a top room reads the clock
    signed = sign.sign(call.site, call.entry, by=call.by, role=call.role, on=today)
    if isinstance(signed, Refusal):
        return _say(signed.says, REFUSED)
    print(signed)
    return 0


def _library_seal(call: argparse.Namespace) -> int:
    from quietdrip.library import packaged

    packaged.write_seal()
    return 0


def _demo(call: argparse.Namespace) -> int:
    import socket

    if not 0 < call.port < 65536:
        return _say(f"{call.port} is no port; give one from 1 to 65535.", MALFORMED)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", call.port))
        except OSError as fault:
            return _say(
                f"Port {call.port} cannot be used: {fault.strerror}. Name another with --port.",
                COULD_NOT,
            )
    import uvicorn

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quietdrip.settings")
    if call.site:
        os.environ[SITE_VARIABLE] = str(call.site)
    print(f"Quietdrip: http://localhost:{call.port}/card   (Ctrl-C ends it)", flush=True)
    uvicorn.run("quietdrip.asgi:application", host="127.0.0.1", port=call.port,
                log_level="warning", access_log=False)  # fmt: skip
    return 0


def _print(text: object) -> int:
    from quietdrip.core.reasons import Refusal

    if isinstance(text, Refusal):
        return _say(text.says, REFUSED)
    print(text)
    return 0


def _print_json(value: object) -> int:
    import json

    from quietdrip.core.reasons import Refusal

    if isinstance(value, Refusal):
        print(json.dumps({"refused": [{"id": r.id, "says": r.says} for r in value.reasons]}))
        return REFUSED
    print(json.dumps(value, indent=1, ensure_ascii=not _speaks_unicode(), default=str))
    return 0


def _say(says: str, code: int) -> int:
    print(f"quietdrip: {says}", file=sys.stderr)
    return code


def _speaks_unicode() -> bool:
    try:
        "⠿µ→".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
