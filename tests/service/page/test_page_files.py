"""What the page's server sends besides the websocket."""

import json

from tests.service.page.conftest import PageServer


async def test_files_come_with_a_strict_policy_and_name_nothing_from_elsewhere(
    server: PageServer,
) -> None:
    page, headers = await server.fetch("/")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    text = page.decode()
    assert "://" not in text
    assert " style=" not in text
    script, headers = await server.fetch("/page/page.js")
    assert headers["Content-Type"].startswith("text/javascript")
    assert b"://" not in script
    settings, _ = await server.fetch("/page/settings")
    shown = {one["key"]: one for one in json.loads(settings)["settings"]}
    assert shown["turn.silence_s"]["value"] == "0.7"
    assert shown["turn.silence_s"]["meaning"].startswith("Silence after which")
