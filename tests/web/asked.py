"""Questions the page tests ask, as the addresses a browser would send."""

from urllib.parse import urlencode

Query = dict[str, str]

F1: Query = {"protocol": "mood-single-05-40", "weight": "70 kg", "vial": "50 mg/mL"}
FOUR_STEPS: Query = {
    "protocol": "seed-000-hourly-escalation",
    "weight": "70 kg",
    "vial": "50 mg/mL",
    "start-rate": "10 mg/h",
    "increment": "10 mg/h",
    "max-rate": "40 mg/h",
    "start": "09:00",
}
FIVE_DAYS: Query = {
    "protocol": "crps-inpatient-5day-20-40",
    "weight": "82 kg",
    "vial": "50 mg/mL",
    "every": "8 h",
    "start": "09:00",
}
OPEN_RATE: Query = {
    "protocol": "seed-003-4h-syringe-pump",
    "weight": "70 kg",
    "vial": "50 mg/mL",
}
NO_UNIT: Query = {**F1, "weight": "70"}
ASKED_BACK: Query = {**F1, "last-weight": "154 kg"}
WARNED: Query = {**OPEN_RATE, "weight": "45 kg", "rate": "50 mg/h"}
NEVER_STARTED: Query = {"protocol": "acute-pain-envelope"}

PAGES: dict[str, Query] = {
    "empty": {},
    "open-rate": OPEN_RATE,
    "card": F1,
    "refused": NO_UNIT,
    "asked-back": ASKED_BACK,
    "warned": WARNED,
    "five-days": FIVE_DAYS,
    "never-started": NEVER_STARTED,
}


def address(query: Query, path: str = "/card") -> str:
    """The address that asks this."""
    return f"{path}?{urlencode(query)}"
