"""`noktvrn serve` in a real Chromium: what a person sees, and what a hostile page does not get.

Needs the Debian packages chromium and chromium-driver. WebGL is switched off for most of it: then xterm.js draws with
elements, and what stands on the screen can be read.
"""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.console.label import fill, open_label

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not installed"),
]


FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1300,860"),
    "--host-resolver-rules=MAP evil.example 127.0.0.1",
)
PATIENCE_S = 120
"""How long anything may take on a busy machine before it counts as never."""
READABLE = ("--disable-webgl", "--disable-3d-apis")


class Served:
    """A running `noktvrn serve`."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "console.cli", "--home", str(root), "serve", "--port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.port = int(self.address.rstrip("/").rsplit(":", 1)[1])
        self.token = (root / "data" / f"serve-{self.port}.token").read_text().strip()

    def consoles(self) -> int:
        """How many consoles it runs."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return len(children.read_text().split())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The command, for a label in full swing."""

    async def build() -> None:
        async with open_label(tmp_path / "home") as label:
            await fill(label)

    asyncio.run(build())
    found = Served(tmp_path / "home")
    yield found
    found.process.terminate()
    found.process.communicate(timeout=PATIENCE_S)
    assert found.process.returncode == 0


Browse = Callable[..., Chrome]


@pytest.fixture
def browse(tmp_path: Path) -> Iterator[Browse]:
    """Starts a browser with a profile of its own."""
    started: list[Chrome] = []

    def begin(*more: str) -> Chrome:
        options = ChromeOptions()
        options.binary_location = str(CHROMIUM)
        for flag in (*FLAGS, *more, f"--user-data-dir={tmp_path / f'profile-{len(started)}'}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        started.append(Chrome(options=options, service=ChromeService(str(DRIVER))))
        started[-1].set_script_timeout(PATIENCE_S)
        return started[-1]

    yield begin
    for browser in started:
        browser.quit()


def until(browser: Chrome, condition: Callable[[], Any]) -> Any:
    """Waits for something on the page."""
    return WebDriverWait(browser, PATIENCE_S, poll_frequency=0.05).until(lambda _: condition())


def log_in(browser: Chrome, served: Served, token: str | None = None) -> None:
    """Types the token into the form."""
    browser.get(served.address)
    field = browser.find_element(By.ID, "token")
    field.send_keys(served.token if token is None else token)
    page = browser.find_element(By.TAG_NAME, "html")
    field.submit()
    until(browser, lambda: browser.find_element(By.TAG_NAME, "html") != page)


def screen(browser: Chrome) -> str:
    """What stands in the terminal."""
    rows = browser.execute_script(
        "return [...document.querySelectorAll('.xterm-rows > div')].map(row => row.textContent).join('\\n')"
    )
    return str(rows).replace("\xa0", " ")


def body_text(browser: Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "body").text


def test_a_person_logs_in_looks_and_leaves(served: Served, browse: Browse) -> None:
    browser = browse(*READABLE)
    log_in(browser, served)
    until(browser, lambda: "Last Tram Home" in screen(browser))
    for words in ("Approvals", "Vesper Lane", "read-only", "2 to review", "engine stopped"):
        until(browser, lambda words=words: words in screen(browser))  # type: ignore[misc]
    ActionChains(browser).send_keys("?").perform()
    until(browser, lambda: "changes nothing" in screen(browser))
    ActionChains(browser).send_keys("q").perform()
    until(browser, lambda: "changes nothing" not in screen(browser))
    ActionChains(browser).send_keys("n").perform()
    until(browser, lambda: "--allow-changes" in screen(browser))
    ActionChains(browser).send_keys("q").perform()
    until(browser, lambda: "The console has ended" in body_text(browser))
    until(browser, lambda: served.consoles() == 0)
    browser.find_element(By.XPATH, "//button[text()='Log out']").click()
    until(browser, lambda: "Token" in body_text(browser))


def test_nothing_secret_is_in_reach_and_nothing_comes_from_elsewhere(served: Served, browse: Browse) -> None:
    browser = browse(*READABLE)
    log_in(browser, served)
    until(browser, lambda: "Approvals" in screen(browser))
    [cookie] = browser.get_cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    assert browser.execute_script("return document.cookie") == ""
    addresses = browser.execute_script(
        "return [location.href, document.referrer, ...performance.getEntries().map(entry => entry.name)]"
    )
    fetched = [address for address in addresses if re.match(r"\w+:", address)]
    assert all(address.startswith(served.address) for address in fetched)
    assert not any(served.token in address for address in addresses)
    log: Any = browser.get_log("browser")  # type: ignore[no-untyped-call]
    complaints = [entry["message"] for entry in log if entry["level"] == "SEVERE"]
    assert complaints == []


def test_the_picture_is_drawn_where_there_is_a_graphics_card_or_none(served: Served, browse: Browse) -> None:
    from PIL import Image

    browser = browse()
    log_in(browser, served)
    until(browser, lambda: "-first-byte" in (browser.find_element(By.TAG_NAME, "body").get_attribute("class") or ""))

    def colours() -> int:
        picture = Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB")
        return len(picture.getcolors(1 << 24) or ())

    until(browser, lambda: colours() > 100)


def test_a_wrong_token_is_refused(served: Served, browse: Browse) -> None:
    browser = browse(*READABLE)
    log_in(browser, served, "f00d" * 12)
    assert "That is not the token." in body_text(browser)
    browser.get(served.address)
    assert browser.current_url.endswith("/login")
    assert browser.get_cookies() == []


def test_a_foreign_name_for_this_address_is_refused(served: Served, browse: Browse) -> None:
    browser = browse(*READABLE)
    log_in(browser, served)
    browser.get(f"http://evil.example:{served.port}/")
    assert "does not answer under that name" in body_text(browser)
    refused = browser.execute_async_script(
        f"""
        const done = arguments[0], line = new WebSocket("ws://evil.example:{served.port}/ws");
        line.onopen = () => done("open"); line.onerror = () => done("refused");
        """
    )
    assert refused == "refused"


def test_a_page_of_another_origin_gets_nothing_though_the_cookie_goes_along(served: Served, browse: Browse) -> None:
    """Cookies do not tell ports apart: for the browser that page is of the same site. Origin tells them apart."""
    browser = browse(*READABLE)
    log_in(browser, served)
    until(browser, lambda: "Approvals" in screen(browser))
    before = served.consoles()
    with other_page() as address:
        browser.get(address)
        assert browser.get_cookies() != []
        line = browser.execute_async_script(
            f"""
            const done = arguments[0], line = new WebSocket("ws://127.0.0.1:{served.port}/ws?width=80&height=24");
            line.onopen = () => done("open"); line.onerror = () => done("refused");
            """
        )
        assert line == "refused"
        read = browser.execute_async_script(
            f"""
            const done = arguments[0];
            fetch("{served.address}", {{credentials: "include"}}).then(() => done("read"), () => done("refused"));
            """
        )
        assert read == "refused"
        browser.execute_script(
            f"""
            const form = document.createElement("form");
            form.method = "post"; form.action = "{served.address}logout";
            document.body.append(form); form.submit();
            """
        )
        until(browser, lambda: "another origin" in body_text(browser))
    browser.get(served.address)
    until(browser, lambda: "Approvals" in screen(browser))
    assert served.consoles() <= before + 1


def test_a_fifth_console_is_refused_until_a_tab_is_closed(served: Served, browse: Browse) -> None:
    browser = browse(*READABLE)
    log_in(browser, served)
    for _ in range(3):
        until(browser, lambda: "Approvals" in screen(browser))
        browser.switch_to.new_window("tab")
        browser.get(served.address)
    until(browser, lambda: served.consoles() == 4)
    browser.switch_to.new_window("tab")
    browser.get(served.address)
    assert "All 4 consoles are in use." in body_text(browser)
    fifth = browser.current_window_handle
    browser.switch_to.window(browser.window_handles[0])
    browser.close()
    until(browser, lambda: served.consoles() == 3)
    browser.switch_to.window(fifth)
    browser.find_element(By.XPATH, "//button[text()='Try again']").click()
    until(browser, lambda: "Approvals" in screen(browser))


class other_page:
    """A page on another port of this machine."""

    def __enter__(self) -> str:
        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<!doctype html><title>other</title><body>other</body>")

            def log_message(self, format: str, *arguments: object) -> None:
                """Silence."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
