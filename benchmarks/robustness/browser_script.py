"""Runs the checks in the browser: for `browser_page.py`, by another Python, which has Playwright
and not Marvin."""

import json
import sys
import time
from collections.abc import Callable

from playwright.sync_api import sync_playwright

from benchmarks.robustness.browser_faults import FaultChecks


def main() -> int:
    options = json.loads(sys.argv[1])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=options["browser"],
            args=[
                "--no-sandbox",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={options['microphone']}",
            ],
        )
        print(f"Chromium {browser.version}")
        checks = FaultChecks(browser, options)
        failed = 0
        for check in (
            checks.spoken_question,
            checks.question_by_key,
            checks.recordings,
            checks.two_tabs,
            checks.stopping,
            checks.refusal,
            checks.closed_key_dialog,
            checks.lost_connection,
            checks.insecure_address,
            checks.audit,
        ):
            failed += not _passes(check)
        for problem in dict.fromkeys(checks.problems):
            print(f"  the browser reports: {problem}")
        browser.close()
    return 1 if failed or checks.problems else 0


def _passes(check: Callable[[], str]) -> bool:
    began = time.monotonic()
    name = check.__name__.replace("_", " ")
    try:
        found = check()
    except AssertionError as error:
        print(f"  {name:<20}FAILED: {error}")
        return False
    print(f"  {name:<20}{found} ({time.monotonic() - began:.0f} s)", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
