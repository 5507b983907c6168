"""What must work in the browser."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

PATIENCE_MS = 120_000
"""A busy machine takes long for everything."""
LONG = "how do I make a cup of tea and what can you do"
TYPED = "What is seventeen times three?"
WATCH = """
window.sounds = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when) {
  const samples = this.buffer.getChannelData(0);
  const peak = samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  const wait = when - this.context.currentTime;
  window.sounds.push({ when, length: samples.length, rate: this.buffer.sampleRate, peak,
    at: performance.now() / 1000 + wait });
  return start.call(this, when);
};
window.states = [];
addEventListener("DOMContentLoaded", () => {
  const state = document.getElementById("state");
  new MutationObserver(() => window.states.push([state.textContent, performance.now() / 1000]))
    .observe(state, { childList: true });
});
"""


class Checks:
    def __init__(self, browser: Browser, options: dict[str, Any]) -> None:
        self.browser = browser
        self.options = options
        self._shots = Path(options["screenshots"])
        self._shots.mkdir(parents=True, exist_ok=True)
        self.problems: list[str] = []

    @contextmanager
    def page(
        self,
        host: str = "127.0.0.1",
        begin: Callable[[Page], None] = lambda page: None,
        **context: Any,
    ) -> Iterator[Page]:
        """The page, connected with the key; `begin` is called with it while it is empty."""
        opened = self.browser.new_context(**context)
        page = opened.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._console)
        page.add_init_script(WATCH)
        begin(page)
        page.goto(f"http://{host}:{self.options['port']}/")
        expect(page.locator("#key-dialog")).to_be_visible(timeout=PATIENCE_MS)
        page.fill("#key", self.options["key"])
        page.keyboard.press("Enter")
        ready(page)
        yield page
        opened.close()

    def _console(self, message: Any) -> None:
        # The key is asked for because the first request was refused; 503 is from `lost_connection`.
        if message.type == "error" and not re.search("401|503", message.text):
            self.problems.append(message.text)

    def spoken_question(self) -> str:
        with self.page() as page:
            page.click("#hands-free")
            turns(page, 1)
            said = page.inner_text("#turns")
            assert "what time is it" in said.lower(), said
            assert re.search(r"Marvin: It is \d", said), said
            ready(page)
            sounds = page.evaluate("window.sounds")
            states = page.evaluate("window.states")
            self.shoot(page, "answered")
        assert sounds, "nothing was played"
        assert max(one["peak"] for one in sounds) > 0.05, "it was silence"
        gaps = [
            round((later["when"] - one["when"]) * one["rate"]) - one["length"]
            for one, later in pairwise(sounds)
        ]
        assert not any(gaps), f"gaps between blocks, in samples: {gaps}"
        thinking = [at for state, at in states if state == "Thinking"][-1]
        played_s = sum(one["length"] / one["rate"] for one in sounds)
        told = re.search(r"([\d.]+) s to the first sound.*?end ([\d.]+)", said, re.DOTALL)
        assert told is not None
        inside_s = float(told[1]) - float(told[2])
        return (
            f"{played_s:.1f} s of speech in {len(sounds)} blocks without a gap; first sound "
            f"{sounds[0]['at'] - thinking:.2f} s after the end of the question in the page, "
            f"{inside_s:.2f} s in Marvin"
        )

    def question_by_key(self) -> str:
        """By keyboard alone: the space bar is held while the recording plays."""
        with self.page() as page:
            page.focus("#talk")
            page.keyboard.down(" ")
            expect(page.locator("#state")).to_have_text("Listening", timeout=PATIENCE_MS)
            assert page.get_attribute("#talk", "aria-pressed") == "true"
            turns(page, 1)
            page.keyboard.up(" ")
            assert page.get_attribute("#talk", "aria-pressed") == "false"
            said = page.inner_text("#turns")
            assert "what time is it" in said.lower(), said
        return "held by the space bar"

    def recordings(self) -> str:
        with self.page() as page:
            for number, name in enumerate(("what_time_is_it", "arithmetic"), 1):
                page.set_input_files("#file", Path(self.options["recordings"]) / f"{name}.wav")
                turns(page, number)
                ready(page)
            assert "not understood" not in page.inner_text("#turns"), page.inner_text("#turns")
            page.set_input_files("#file", __file__)
            expect(page.locator("#problem")).to_contain_text("is not a recording")
        return "2 answered, a text file refused"

    def two_tabs(self) -> str:
        """One is answered in writing while the other speaks, and is then closed in mid-reply."""
        with self.page() as one:
            with self.page() as other:
                other.check("#aloud")
                ask(other, LONG)
                expect(other.locator("#state")).to_have_text("Speaking", timeout=PATIENCE_MS)
                ask(one, TYPED)
                expect(one.locator("#turns")).to_contain_text("51", timeout=PATIENCE_MS)
                assert "51" not in other.inner_text("#turns")
            ask(one, TYPED)
            turns_said = one.locator("#turns .turn")
            expect(turns_said.nth(1)).to_contain_text("51", timeout=PATIENCE_MS)
        return "answered at once; one closed in mid-reply"

    def stopping(self) -> str:
        with self.page() as page:
            page.check("#aloud")
            ask(page, LONG)
            expect(page.locator("#state")).to_have_text("Speaking", timeout=PATIENCE_MS)
            page.click("#stop")
            ready(page)
            assert page.evaluate("window.sounds.length")
        return "the reply ends at once"

    def insecure_address(self) -> str:
        """From another device without HTTPS there is no microphone, but all else."""
        with self.page(own_address()) as page:
            assert page.locator("#talk").is_disabled()
            assert "HTTPS" in page.inner_text("#microphone-note")
            page.check("#aloud")
            ask(page, TYPED)
            expect(page.locator("#turns")).to_contain_text("51", timeout=PATIENCE_MS)
            ready(page)
            assert page.evaluate("window.sounds.length")
            page.set_input_files("#file", Path(self.options["recordings"]) / "arithmetic.wav")
            turns(page, 1)
        return "typing, recordings and sound work; the microphone's lack is explained"

    def audit(self) -> str:
        passed, violations = 0, []
        for scheme in ("light", "dark"):
            for width, height in ((1280, 900), (360, 740)):
                with self.page(
                    color_scheme=scheme, viewport={"width": width, "height": height}
                ) as page:
                    ask(page, TYPED)
                    expect(page.locator("#turns")).to_contain_text("51", timeout=PATIENCE_MS)
                    page.set_input_files(
                        "#file", Path(self.options["recordings"]) / "arithmetic.wav"
                    )
                    turns(page, 1)
                    ready(page)
                    self.shoot(page, f"{scheme}-{width}")
                    for summary in page.locator("summary").all():
                        summary.click()
                    page.wait_for_selector("#settings-shown dt")
                    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    assert over <= 0, f"{over} pixels too wide at {width}"
                    found = Axe().run(page).response
                    passed += len(found["passes"])
                    violations += [
                        f"{scheme} {width}: {one['id']}: {one['nodes'][0]['html'][:90]}"
                        for one in found["violations"]
                    ]
                    self.shoot(page, f"{scheme}-{width}-open")
        assert not violations, violations
        return f"{passed} rules passed in 4 views (light, dark; 1280, 360 pixels), 0 violated"

    def shoot(self, page: Page, name: str) -> None:
        page.screenshot(path=self._shots / f"{name}.png", full_page=True)


def ready(page: Page) -> None:
    expect(page.locator("#state")).to_have_text("Ready", timeout=PATIENCE_MS)


def turns(page: Page, count: int) -> None:
    expect(page.locator(".bar")).to_have_count(count, timeout=PATIENCE_MS)


def ask(page: Page, text: str) -> None:
    page.fill("#question", text)
    page.keyboard.press("Enter")


def own_address() -> str:
    """This machine's address, which is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Nothing is sent.
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
