"""What the page does when something is refused or breaks."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from benchmarks.robustness.browser_checks import PATIENCE_MS, TYPED, Checks, ask, ready


class FaultChecks(Checks):
    def refusal(self) -> str:
        """What cannot be done is an answer, and no fault of the page."""
        with self.page() as page:
            ask(page, "set a timer for five minutes")
            expect(page.locator("#turns")).to_contain_text("Marvin: Nothing would ring here")
            assert page.locator(".failed").count() == 0
            assert page.locator("#problem").is_hidden()
            self.shoot(page, "refusal")
        return "shown as an answer"

    def closed_key_dialog(self) -> str:
        opened = self.browser.new_context(viewport={"width": 360, "height": 740})
        page = opened.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"http://127.0.0.1:{self.options['port']}/")
        expect(page.locator("#key-dialog")).to_be_visible(timeout=PATIENCE_MS)
        page.keyboard.press("Escape")
        expect(page.locator("#key-dialog")).to_be_hidden()
        self.shoot(page, "without-key")
        page.click("#enter-key")
        page.fill("#key", self.options["key"])
        page.keyboard.press("Enter")
        ready(page)
        assert page.locator("#enter-key").is_hidden()
        opened.close()
        return "opened again by a button"

    def lost_connection(self) -> str:
        """The network fails with a question on its way."""
        network = FailingNetwork()
        with self.page(begin=network.carry) as page:
            network.fail(page)
            ask(page, TYPED)
            network.hang_up()
            expect(page.locator("#problem")).to_contain_text("ask it again", timeout=PATIENCE_MS)
            assert page.input_value("#question") == TYPED
            page.keyboard.press("Enter")
            expect(page.locator("#problem")).to_contain_text("kept here")
            assert page.input_value("#question") == TYPED
            self.shoot(page, "lost-connection")
            network.recover(page)
            ready(page)
            page.focus("#question")
            page.keyboard.press("Enter")
            expect(page.locator("#turns")).to_contain_text("51", timeout=PATIENCE_MS)
        return "the question is kept, and asked again"


class FailingNetwork:
    """Between the page and Marvin."""

    def __init__(self) -> None:
        self._fails = False
        self._routed: list[Any] = []

    def carry(self, page: Page) -> None:
        page.route_web_socket(re.compile("/page/session"), self._connect)

    def _connect(self, socket: Any) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda message: None if self._fails else server.send(message))
        self._routed.append(socket)

    def fail(self, page: Page) -> None:
        """Nothing arrives any more, and no other connection is made."""
        self._fails = True
        page.route("**/page/ticket", lambda route: route.fulfill(status=503, json={}))

    def hang_up(self) -> None:
        self._routed[-1].close()

    def recover(self, page: Page) -> None:
        self._fails = False
        page.unroute("**/page/ticket")
