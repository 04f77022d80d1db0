"""The page of virtual trials: what is typed comes back with its answer, and nothing is kept."""

import html
import re
import shlex

import pytest
from django.test import Client

from quietdrip.cli import main

MOOD, PUMP = "mood-single-05-40", "seed-003-4h-syringe-pump"
SMALL = {"protocol-1": MOOD, "people": "30", "weights": "70-71"}


def test_the_empty_page_asks_and_runs_nothing(client: Client) -> None:
    page = client.get("/simulate")

    assert page.status_code == 200
    assert b"Choose one to three protocols" in page.content
    assert b"<table" not in page.content
    assert page.headers["Cache-Control"] == client.get("/card").headers["Cache-Control"]


def test_protocols_stand_side_by_side(client: Client) -> None:
    page = client.get("/simulate", {**SMALL, "protocol-2": PUMP, "set": "rate=25 mg/h"})
    text = page.content.decode()

    assert page.status_code == 200
    assert re.findall(r'<th scope="col">([^<]+)</th>', text)[1:] == [MOOD, PUMP]
    assert "Virtual trial: predicted plasma levels" in text
    assert "People differ in weight and age alone" in text


def test_the_command_on_the_page_gives_the_same_figures(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    text = client.get("/simulate", SMALL).content.decode()
    found = re.search(r"<code>(.*?)</code>", text)
    assert found is not None
    assert main([*shlex.split(html.unescape(found[1]))[1:], "--workers", "1"]) == 0

    peak = re.search(r"peak, ng/mL</th><td>([^<]+)</td>", text)
    assert peak is not None
    assert html.unescape(peak[1]) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"people": "0"}, "0 people were asked for; ask for at least one."),
        ({"people": "many"}, "is no number of people; write a whole number"),
        ({"people": "9000000"}, "are more than this page computes while you wait"),
        ({"weights": "all"}, "is no range of weights"),
        ({"set": "rate"}, "is no FIELD=VALUE"),
        ({"protocol-2": MOOD}, "name each protocol once"),
        ({"protocol-1": "<script>"}, "&lt;script&gt;"),
    ],
)
def test_what_is_wrong_is_said_on_the_page(
    client: Client, more: dict[str, str], sentence: str
) -> None:
    page = client.get("/simulate", {**SMALL, **more})

    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert b"<script>" not in page.content


def test_a_name_given_twice_is_refused(client: Client) -> None:
    page = client.get("/simulate?protocol-1=a&protocol-1=b")

    assert page.status_code == 422
    assert "protocol-1 is given 2 times; give it once." in page.content.decode()
