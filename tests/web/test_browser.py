"""The card page in a real browser: keyboard, no script, silence of the server, paper, and axe."""

import time
from collections.abc import Iterator
from io import BytesIO

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pypdf import PdfReader

from tests.conftest import ROOT
from tests.web.asked import F1, FIVE_DAYS, FOUR_STEPS, PAGES, address

AXE = ROOT / "node_modules/axe-core/axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (390, 768, 1024, 1440)
TOUCHED = (
    ".tile, summary, .act, .make, .top nav a, .units button, .number, select, "
    "input:not([type=radio], [type=hidden])"
)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser context whose page policy lets axe in."""
    opened = browser.new_context(bypass_csp=True)
    yield opened
    opened.close()


def answer_late(route: Route) -> None:
    """Let a question through only after the next key has been typed."""
    time.sleep(0.3)
    route.continue_()


def type_weight(page: Page, text: str) -> None:
    """Type a weight anew, key by key."""
    page.locator("#f-weight").fill("")
    page.locator("#f-weight").press_sequentially(text)


def test_the_keyboard_alone_gives_the_card(page: Page, server: str) -> None:
    page.goto(f"{server}/card")
    page.keyboard.press("Tab")
    for _ in range(20):
        if page.evaluate("document.activeElement.id") == "find":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("standard single")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#f-weight")).to_be_focused()
    page.keyboard.type("70 kg")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "vial":
            break
    page.keyboard.press("ArrowDown")

    expect(page.locator(".step .huge b")).to_have_text("52.5")
    expect(page.locator("#state")).to_contain_text("Card for 70 kg")
    assert page.url == f"{server}/card"


def test_typing_recomputes_and_a_refusal_takes_the_numbers_away(page: Page, server: str) -> None:
    page.goto(server + address(F1))
    type_weight(page, "80 kg")
    expect(page.locator(".step .huge b")).to_have_text("60")

    type_weight(page, "80")

    expect(page.locator("#s-weight")).to_contain_text("has no unit")
    expect(page.locator("#f-weight")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#f-weight")).to_be_focused()
    expect(page.locator(".card")).to_have_count(0)


def test_a_refusal_moves_nothing_below_its_field(page: Page, server: str) -> None:
    page.goto(server + address(F1))
    before = page.locator("#b-vial").bounding_box()

    type_weight(page, "70,5 kg")
    expect(page.locator("#s-weight")).to_contain_text("has a comma")
    after = page.locator("#b-vial").bounding_box()

    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) <= 24  # a third line at most


def test_a_late_answer_never_puts_an_earlier_text_back(page: Page, server: str) -> None:
    page.goto(server + address(F1))
    page.route("**/card?**", answer_late)
    type_weight(page, "8")
    page.wait_for_timeout(200)
    page.locator("#f-weight").press_sequentially("0 kg")
    page.keyboard.press("Tab")

    expect(page.locator(".step .huge b")).to_have_text("60")
    assert page.input_value("#f-weight") == "80 kg"


def test_numbers_do_not_look_current_when_the_server_is_silent(page: Page, server: str) -> None:
    page.goto(server + address(F1))
    page.route("**/card?**", lambda route: route.abort())
    type_weight(page, "80 kg")

    expect(page.locator(".behind")).to_be_visible()
    expect(page.locator("#answer")).to_have_attribute("data-state", "behind")

    page.unroute("**/card?**")
    type_weight(page, "81 kg")

    expect(page.locator("#state")).to_contain_text("Card for 81 kg")
    expect(page.locator(".behind")).to_be_hidden()


def test_a_tapped_unit_stands_behind_the_typed_number(page: Page, server: str) -> None:
    page.goto(server + address({**F1, "weight": "70"}))

    page.get_by_role("button", name="Weight in kg").click()

    expect(page.locator(".step .huge b")).to_have_text("52.5")
    assert page.input_value("#f-weight") == "70 kg"


def test_a_changed_protocol_takes_no_value_along(page: Page, server: str) -> None:
    page.goto(server + address({**PAGES["open-rate"], "rate": "20 mg/h"}))
    expect(page.locator(".step .huge b")).to_have_text("20")

    page.locator("#picker > summary").click()
    page.get_by_label("CRPS outpatient 4 h daily for 10 days").check()

    expect(page.locator("#state")).to_contain_text("Still to give: rate")
    assert page.input_value("input[name=rate]") == ""


def test_every_number_explains_itself(page: Page, server: str) -> None:
    page.goto(server + address(F1))
    numbers = page.locator(".card .number")

    for index in range(numbers.count()):
        target = numbers.nth(index).get_attribute("popovertarget")
        assert page.locator(f"#{target} .figures").count() == 1

    numbers.first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#why-pump-rate-1")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#why-pump-rate-1")).to_be_hidden()


def test_without_a_script_the_form_gives_the_same_card(browser: Browser, server: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server}/card")
    page.get_by_label("Standard single mood infusion").check()
    page.locator("#f-weight").fill("70 kg")
    page.get_by_label("50 mg/mL").check()
    page.get_by_role("button", name="Show the card").click()

    expect(page.locator(".step .huge b")).to_have_text("52.5")
    assert "weight=70" in page.url
    context.close()


def test_the_browser_keeps_nothing(page: Page, server: str) -> None:
    page.goto(server + address(F1))
    kept = "Object.keys(localStorage).length + Object.keys(sessionStorage).length"

    assert page.context.cookies() == []
    assert page.evaluate(kept) == 0


@pytest.mark.parametrize("query", [F1, FOUR_STEPS], ids=["one-rate", "four-steps"])
def test_a_card_fits_on_one_printed_page(page: Page, server: str, query: dict[str, str]) -> None:
    page.goto(server + address(query))

    printed = PdfReader(BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))

    assert len(printed.pages) == 1
    assert "Not a cleared medical device" in printed.pages[0].extract_text()
    assert "mL/h" in printed.pages[0].extract_text()


def test_the_first_card_is_there_within_a_second(browser: Browser, server: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server}/healthz")  # the server is warm, the browser has seen no page
    page.goto(server + address(F1))
    painted_ms = page.evaluate(
        """() => new Promise(resolve => new PerformanceObserver(
           seen => resolve(seen.getEntries()[0].startTime)
           ).observe({type: 'paint', buffered: true}))"""
    )

    assert painted_ms < 1000
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_screen(page: Page, server: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

    for query in PAGES.values():
        page.goto(server + address(query))
        assert not page.evaluate(wider), address(query)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing(context: BrowserContext, server: str, width: int, scheme: str) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for name, where in {**{n: address(q) for n, q in PAGES.items()}, "about": "/about"}.items():
        page.goto(server + where)
        page.add_script_tag(path=AXE)
        rules = AXE_RULES if scheme == "light" else ["color-contrast"]  # the rest is the same
        found = page.evaluate("rules => axe.run(document, {runOnly: rules})", rules)
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == [], name


def test_what_is_touched_is_large_enough_for_a_glove(page: Page, server: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server + address(F1))
    small = page.evaluate(
        """selector => [...document.querySelectorAll(selector)]
           .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
           .map(e => `${e.className} ${e.getBoundingClientRect().height}`)""",
        TOUCHED,
    )
    main = page.evaluate(
        """() => [...document.querySelectorAll('.big .tile, .make, #f-weight')]
           .every(e => e.getBoundingClientRect().height >= 56)"""
    )

    assert small == []
    assert main


def test_five_days_are_drawn_and_listed(page: Page, server: str) -> None:
    page.goto(server + address(FIVE_DAYS))

    expect(page.locator(".step")).to_have_count(5)
    expect(page.locator(".step .huge b").last).to_have_text("40")
    expect(page.get_by_role("img", name="Predicted ketamine level")).to_be_visible()
