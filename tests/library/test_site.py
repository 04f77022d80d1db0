"""A site's own entries count when two people signed them, and its limits only tighten."""

from decimal import Decimal
from pathlib import Path

import pytest

from quietdrip.core.limits import Bounds
from quietdrip.core.protocol import Protocol, Total, needed
from quietdrip.core.reasons import Refusal
from quietdrip.library import packaged, read, sign
from tests.library.copied import DAY, sign_all, write_site

SEED = "protocols/seed-001-60min-sedated.toml"
HEAD = 'version = 1\nstatus = "draft"\nreviewed = { by = "", on = "" }\n'
LIMIT = """
[[limit]]
id = "{id}"
kind = "{kind}"
measure = "{measure}"
limit = "{limit}"
bites = "{bites}"
programmes = {programmes}
scope = "any"
says = "the site's own bound"
source = ["site"]
confidence = "verified"
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path


def completed() -> str:
    """Seed 001 with the dose a clinic filled in."""
    text = (packaged.ROOT / SEED).read_text(encoding="utf-8")
    text = text.replace('shape = "total"', 'shape = "total"\ndose = { is = "0.4 mg/kg" }')
    text = text.replace("needs-completion", "needs-sign-off").replace('  "mg/kg",\n', "")
    return text.replace('["seed-001"]', '["seed-001", "site"]', 1)


def limits(**changes: str) -> str:
    row = {
        "id": "analgesic-rate-ceiling",
        "kind": "soft",
        "measure": "rate",
        "limit": "0.8 mg/kg/h",
        "bites": "above",
        "programmes": '["pain", "mood"]',
    }
    return 'id = "limits"\n' + HEAD + LIMIT.format(**{**row, **changes})


def shelf(*swaps: tuple[str, str]) -> str:
    """The library's own list with some of it written otherwise."""
    text = (packaged.ROOT / "shelf.toml").read_text(encoding="utf-8")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def refused(found: object) -> str:
    assert isinstance(found, Refusal), found
    return found.says


def test_an_unsigned_protocol_is_refused_and_not_passed_over(site: Path) -> None:
    write_site(site, SEED, completed())

    assert "two different people" in refused(read.protocol("seed-001-60min-sedated", site))


def test_a_protocol_signed_by_two_replaces_the_library_s(site: Path) -> None:
    write_site(site, SEED, completed())
    sign_all(site, SEED)
    found = read.protocol("seed-001-60min-sedated", site)

    assert isinstance(found, Protocol)
    assert isinstance(found.infusion, Total)
    assert found.infusion.dose.fixed is not None
    assert needed(found) == ()


def test_without_the_site_the_library_s_own_stands(site: Path) -> None:
    write_site(site, SEED, completed())
    sign_all(site, SEED)
    found = read.protocol("seed-001-60min-sedated")

    assert isinstance(found, Protocol)
    assert needed(found) == ("dose",)


def test_a_protocol_of_the_site_s_own_is_listed_and_read(site: Path) -> None:
    text = completed().replace('"seed-001-60min-sedated"', '"our-hour"', 1)
    write_site(site, "protocols/our-hour.toml", text)
    sign_all(site, "protocols/our-hour.toml")

    assert "our-hour" in read.protocol_ids(site)
    assert isinstance(read.protocol("our-hour", site), Protocol)


@pytest.mark.parametrize(
    ("signers", "says"),
    [
        ((), "0 of 2 people"),
        ((("Ada", "prescriber"),), "1 of 2 people"),
        ((("Ada", "pharmacist"), ("Ben", "nurse")), "no prescriber"),
    ],
)
def test_too_few_or_the_wrong_people_do_not_count(
    site: Path, signers: tuple[tuple[str, str], ...], says: str
) -> None:
    write_site(site, SEED, completed())
    for name, role in signers:
        sign.sign(site, Path(SEED), by=name, role=role, on=DAY)

    assert says in refused(read.protocol("seed-001-60min-sedated", site))


def test_one_person_in_two_spellings_is_one_person(site: Path) -> None:
    write_site(site, SEED, completed())
    sha256 = packaged.fingerprint(completed().encode())
    row = '[[signature]]\nfile = "{}"\nsha256 = "{}"\nname = "{}"\nrole = "{}"\non = "2026-11-21"\n'
    rows = (("Ada  Lovelace", "prescriber"), ("ada lovelace", "pharmacist"))
    text = "".join(row.format(SEED, sha256, name, role) for name, role in rows)
    write_site(site, sign.FILE, text)

    assert "1 of 2 people" in refused(read.protocol("seed-001-60min-sedated", site))


def test_a_byte_changed_after_signing_voids_the_signatures(site: Path) -> None:
    write_site(site, SEED, completed())
    sign_all(site, SEED)
    write_site(site, SEED, completed().replace("0.4 mg/kg", "4 mg/kg"))

    assert "changed since it was signed" in refused(read.protocol("seed-001-60min-sedated", site))


def test_a_signature_over_another_file_does_not_count(site: Path) -> None:
    write_site(site, SEED, completed())
    sign_all(site, SEED)
    other = "protocols/seed-002-40-60min.toml"
    write_site(site, other, completed())

    assert "0 of 2" in refused(read.protocol("seed-002-40-60min", site))


@pytest.mark.parametrize("text", ["[[signature", "who = 1\n", '[[signature]]\nname = "Ada"\n'])
def test_a_spoilt_list_of_signatures_is_refused(site: Path, text: str) -> None:
    write_site(site, SEED, completed())
    write_site(site, sign.FILE, text)

    assert sign.FILE in refused(read.protocol("seed-001-60min-sedated", site))


def test_a_signed_entry_is_read_as_strictly_as_ours(site: Path) -> None:
    write_site(site, SEED, completed().replace("0.4 mg/kg", "0.4"))
    sign_all(site, SEED)

    assert "has no unit" in refused(read.protocol("seed-001-60min-sedated", site))


def test_a_signed_entry_that_is_no_text_is_refused(site: Path) -> None:
    write_site(site, SEED, "")
    (site / SEED).write_bytes(b'id = "\xff"\n')
    sign_all(site, SEED)

    assert "UTF-8" in refused(read.protocol("seed-001-60min-sedated", site))


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    gone = tmp_path / "gone"

    assert "no folder" in refused(read.protocol("mood-single-05-40", gone))
    assert "no folder" in refused(read.shelf(gone))
    assert "no folder" in refused(read.bounds(gone))


def rate_ceiling(site: Path) -> Decimal:
    found = read.bounds(site)
    assert isinstance(found, Bounds), found
    return next(limit.limit for limit in found.limits if limit.id == "analgesic-rate-ceiling")


def test_a_lower_limit_tightens(site: Path) -> None:
    write_site(site, "limits.toml", limits())
    sign_all(site, "limits.toml")

    assert rate_ceiling(site) == Decimal("0.8")
    assert rate_ceiling(site) < 1


def test_an_unsigned_limit_is_refused(site: Path) -> None:
    write_site(site, "limits.toml", limits())

    assert "limits.toml counts only" in refused(read.bounds(site))


@pytest.mark.parametrize(
    "changes",
    [
        {"limit": "1.2 mg/kg/h"},
        {"programmes": '["pain"]'},
        {"id": "anaesthetic-rate", "limit": "20 mg/kg/h"},
        {"id": "anaesthetic-rate", "kind": "hard", "limit": "30 mg/kg/h"},
        {"id": "mood-dose-review"},
    ],
)
def test_a_looser_limit_is_refused(site: Path, changes: dict[str, str]) -> None:
    write_site(site, "limits.toml", limits(**changes))
    sign_all(site, "limits.toml")

    assert "can only tighten" in refused(read.bounds(site))


def test_a_limit_of_the_site_s_own_is_added(site: Path) -> None:
    write_site(site, "limits.toml", limits(id="site-rate", kind="hard", limit="0.9 mg/kg/h"))
    sign_all(site, "limits.toml")
    found = read.bounds(site)
    assert isinstance(found, Bounds)

    assert len(found.limits) == 8 + 1
    assert found.limits[-1].id == "site-rate"


def test_a_site_cannot_change_the_tolerances(site: Path) -> None:
    text = limits() + '\n[tolerances]\nguard_factor = { is = "9" }\n'
    write_site(site, "limits.toml", text)
    sign_all(site, "limits.toml")

    assert "tolerances, which is no key" in refused(read.bounds(site))


def test_a_site_s_shelf_narrows(site: Path) -> None:
    write_site(
        site,
        "shelf.toml",
        shelf(('"ketamine-10", "ketamine-50", "ketamine-100"', '"ketamine-50"')),
    )
    sign_all(site, "shelf.toml")
    found = read.shelf(site)
    assert not isinstance(found, Refusal)

    assert [vial.id for vial in found.vials] == ["ketamine-50"]


def strength_file() -> str:
    text = (packaged.ROOT / "strengths/2-mg-per-ml.toml").read_text(encoding="utf-8")
    return text.replace("2-mg-per-ml", "3-mg-per-ml").replace('"2 mg/mL"', '"3 mg/mL"')


def test_a_site_s_shelf_adds_a_strength_only_with_both_files_signed(site: Path) -> None:
    path = "strengths/3-mg-per-ml.toml"
    write_site(site, path, strength_file())
    write_site(site, "shelf.toml", shelf(('"5-mg-per-ml"', '"3-mg-per-ml"')))
    sign_all(site, "shelf.toml")
    assert "3-mg-per-ml.toml counts only" in refused(read.shelf(site))

    sign_all(site, path)
    found = read.shelf(site)
    assert not isinstance(found, Refusal)
    assert [strength.mg_per_ml for strength in found.strengths] == [1, 2, 3, 10]


def test_a_site_never_replaces_equipment_the_library_knows(site: Path) -> None:
    path = "strengths/2-mg-per-ml.toml"
    write_site(site, path, strength_file().replace("3-mg-per-ml", "2-mg-per-ml"))
    write_site(site, "shelf.toml", shelf())
    sign_all(site, path, "shelf.toml")

    assert "id of its own" in refused(read.shelf(site))


def test_a_site_adds_no_vial(site: Path) -> None:
    text = (packaged.ROOT / "vials/ketamine-100.toml").read_text(encoding="utf-8")
    text = text.replace('"ketamine-100"', '"our-vial"').replace('iv  = "50', 'iv  = "100')
    write_site(site, "vials/our-vial.toml", text)
    write_site(site, "shelf.toml", shelf(('"ketamine-100"', '"our-vial"')))
    sign_all(site, "vials/our-vial.toml", "shelf.toml")

    assert "not vials" in refused(read.shelf(site))
