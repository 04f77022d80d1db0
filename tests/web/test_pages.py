"""The pages without a browser: what they answer and send along, and that they keep nothing."""

import gzip
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Protocol

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from quietdrip.web.built import built
from tests.conftest import ROOT
from tests.web.asked import ASKED_BACK, F1, FIVE_DAYS, NO_UNIT, OPEN_RATE, PAGES, Query, address

EVERY_PAGE = [*(address(query) for query in PAGES.values()), "/about", "/healthz", "/nowhere"]


class Page(Protocol):
    """Anything with the bytes of a page."""

    @property
    def content(self) -> bytes:
        """The page as it was sent."""


def text_of(response: Page) -> str:
    """The page as it reads, without tags and with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", response.content.decode())).split())


def test_the_first_page_is_the_card(client: Client) -> None:
    response = client.get("/")

    assert response.status_code == 302
    assert response.headers["Location"] == "/card"


def test_35_mg_in_40_min_at_1_mg_per_ml_is_52_5_ml_per_h(client: Client) -> None:
    read = text_of(client.get(address(F1)))

    assert "Draw 0.7 mL of racemic ketamine 50 mg/mL and add 34.3 mL" in read
    assert "52.5 mL/h" in read
    assert "35 mg" in read
    assert "0.75 mg/kg/h" in read


def test_the_spread_of_models_is_shaded_named_and_in_the_table(client: Client) -> None:
    response = client.get(address(F1))
    page, read = response.content.decode(), text_of(response)
    table = page[page.index('id="curve-table"') :]

    assert page.count('<path class="room"') == 1
    assert page.index('class="room"') < page.index('class="plasma"')  # the line lies above it
    assert '<li class="room">Plasma, 4 models, typical persons</li>' in page
    assert "; shaded: plasma, 4 models, typical persons; the table below" in read
    assert "No band: How people differ" in read
    assert "not a population band: kamp_2020_racemic (arterial)" in read
    assert "Plasma, 4 models, typical persons, ng/mL</th>" in table
    assert re.search(r"<td>\d+ to \d+</td></tr>", table)


def test_a_refusal_stands_beside_its_field_in_the_words_of_the_core(client: Client) -> None:
    page = client.get(address(NO_UNIT)).content.decode()
    beside = page[page.index('id="s-weight"') : page.index('id="b-vial"')]

    assert "has no unit" in beside
    assert 'aria-invalid="true"' in page[page.index('id="f-weight"') : page.index('id="s-weight"')]
    assert "<article" not in page


def test_a_blank_is_wanted_not_refused(client: Client) -> None:
    page = client.get(address({"protocol": F1["protocol"]}))

    assert "Still to give: weight, vial" in text_of(page)
    assert "Refused" not in text_of(page)
    assert "aria-invalid" not in page.content.decode()


def test_an_open_field_says_its_bounds_and_holds_no_value(client: Client) -> None:
    page = client.get(address(OPEN_RATE)).content.decode()

    assert "10 mg/h to 50 mg/h; a prescriber chooses." in page
    assert re.search(r'name="rate" value=""', page)
    assert "Still to give: rate" in text_of(client.get(address(OPEN_RATE)))


def test_a_value_asked_back_gets_an_empty_second_box(client: Client) -> None:
    page = client.get(address(ASKED_BACK)).content.decode()
    again = client.get(address({**ASKED_BACK, "confirm-weight": "70 kg"}))

    assert re.search(r'name="confirm-weight" value=""', page)
    assert "52.5 mL/h" in text_of(again)


def test_nothing_is_filled_in_before_anybody_typed(client: Client) -> None:
    page = client.get("/card").content.decode()
    values = re.findall(r'<input[^>]*type="text"[^>]*>', page)

    assert values
    assert all('value=""' in value for value in values)
    assert " checked" not in page


def test_what_was_typed_for_another_protocol_does_not_count(client: Client) -> None:
    switched = {**OPEN_RATE, "for": "crps-outpatient-4h-x10", "rate": "20 mg/h"}

    assert "Still to give: rate" in text_of(client.get(address(switched)))
    assert "20 mL/h" in text_of(client.get(address({**switched, "for": OPEN_RATE["protocol"]})))


def test_a_name_given_twice_is_refused(client: Client) -> None:
    response = client.get(f"{address(F1, '/card.json')}&weight=80+kg")

    assert response.status_code == 422
    assert response.json()["refused"][0]["id"] == "given-twice"


def test_a_misspelt_name_is_refused_not_ignored(client: Client) -> None:
    response = client.get(address({**F1, "wieght": "80 kg"}, "/card.json"))

    assert response.status_code == 422
    assert "wieght" in response.json()["refused"][0]["says"]


def test_the_same_question_gives_the_same_numbers_as_data(client: Client) -> None:
    response = client.get(address(F1, "/card.json"))

    assert response.status_code == 200
    assert response.json()["steps"][0]["rate_ml_per_h"] == "52.5"
    assert response.json()["total_mg"] == "35"


def test_the_pdf_is_a_pdf_or_says_why_not(client: Client) -> None:
    made = client.get(address(F1, "/card.pdf"))
    refused = client.get(address(NO_UNIT, "/card.pdf"))
    unknown = client.get(address({**F1, "paper": "a3"}, "/card.pdf"))

    assert made.content.startswith(b"%PDF")
    assert made.headers["Content-Type"] == "application/pdf"
    assert refused.status_code == unknown.status_code == 422
    assert "has no unit" in refused.content.decode()
    assert "a4 or letter" in unknown.content.decode()


def test_many_syringes_stand_in_a_table_not_on_the_clock(client: Client) -> None:
    read = text_of(client.get(address(FIVE_DAYS)))

    assert "When each syringe is put on" in read
    assert "Change to syringe" not in read


def test_a_protocol_kept_for_reference_asks_for_nothing(client: Client) -> None:
    page = client.get(address(PAGES["never-started"]))

    assert "It is never started" in text_of(page)
    assert 'name="weight"' not in page.content.decode()


def test_no_text_of_a_person_becomes_markup(client: Client) -> None:
    evil: Query = {**F1, "weight": '"><script>1</script>', "dose<b>": "1", "start": "<u>"}

    page = client.get(address(evil)).content.decode()

    assert "<script>1" not in page
    assert "<b>:" not in page
    assert "<u>" not in page


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_no_page_sets_a_cookie_or_may_be_kept(client: Client, path: str) -> None:
    response = client.get(path)

    assert not response.cookies
    assert response.headers["Cache-Control"] == "no-store"


def test_there_is_nowhere_to_keep_anything() -> None:
    from django.db import connections

    assert list(connections.settings) == ["default"]
    assert connections.settings["default"]["ENGINE"] == "django.db.backends.dummy"
    assert not any("session" in name or "auth" in name for name in settings.INSTALLED_APPS)
    assert not any("session" in name for name in settings.MIDDLEWARE)


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_every_page_is_closed_to_strangers(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_no_page_carries_a_style_or_a_script_of_its_own(client: Client, path: str) -> None:
    page = client.get(path).content.decode()

    assert not re.search(r"\sstyle=", page)
    assert not re.search(r"<style|\son\w+=", page)
    assert not re.search(r"<script(?![^>]*src=)", page)


def test_only_reading_is_possible(client: Client) -> None:
    for path in ("/card", "/card.json", "/card.pdf", "/about", "/healthz"):
        assert client.post(path).status_code in (403, 405)


def test_the_first_card_weighs_less_than_150_kb(client: Client) -> None:
    page = client.get(address(F1), headers={"accept-encoding": "gzip"}).content
    parts = [gzip.compress(text) for name, text in built().contents.items() if "." in name]

    assert len(page) + sum(map(len, parts)) < 150_000


def test_a_built_file_may_be_kept_for_ever_under_its_digest(client: Client) -> None:
    response = client.get(built().address("quietdrip.css"))
    stale = client.get(reverse("built", args=("0" * 12, "quietdrip.css")))

    assert "immutable" in response.headers["Cache-Control"]
    assert stale.status_code == 404
    assert client.get(reverse("built", args=(built().digest, "secret.txt"))).status_code == 404


def test_it_says_what_it_is_not(client: Client) -> None:
    about = text_of(client.get("/about"))

    assert "not a medical device cleared, approved, certified or registered" in about
    assert "off-label" in about
    assert "It never starts, stops or changes a pump" in about
    assert "Not a cleared medical device" in text_of(client.get(address(F1)))


def test_it_answers_that_it_is_there(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


def test_a_library_that_cannot_be_read_is_said_and_gives_no_card(
    client: Client, tmp_path: Path
) -> None:
    with override_settings(QUIETDRIP_SITE=tmp_path / "missing"):
        response = client.get(address(F1))

    assert response.status_code == 500
    assert "There is no folder" in text_of(response)


def test_the_settings_of_a_service_pass_django_s_own_check() -> None:
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    environment = {
        "DJANGO_SETTINGS_MODULE": "quietdrip.settings",
        "QUIETDRIP_HTTPS": "1",
        "QUIETDRIP_HOSTS": "cards.example",
    }

    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_the_script_computes_nothing() -> None:
    source = "".join(path.read_text() for path in (ROOT / "src/quietdrip/web/ts").glob("*.ts"))
    code = re.sub(
        r"/\*.*?\*/|//[^\n]*|/\^.*?/\.|/\\s\+/|\"[^\"]*\"|`[^`]*`", "", source, flags=re.S
    )

    assert not re.search(r"parseFloat|parseInt|Number\(|Math\.|\s[*/%-]\s", code)
