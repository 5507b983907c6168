"""Where PyPI and npm, or the mirror that pip and npm use, have an archive for download by HTTP."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from urllib.parse import urljoin

from marvin.hub.packages.package import Package

_PYPI, _NPM = "https://pypi.org/simple", "https://registry.npmjs.org"
_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"
_TIMEOUT_S = 10.0
_SETTING = re.compile(r"^(?P<section>\S+)\.(?P<key>[\w-]+)='(?P<value>.*)'$")
_SECTIONS = ("global", "download", ":env:")
"""Of pip's settings, a later one takes precedence."""


def url_of(package: Package, program: Sequence[str]) -> str | None:
    """The archive's address; None if the index cannot be asked, or does not have it.

    `program` is the command of pip or npm; empty if it is missing.
    """
    if package.registry == "npm":
        return f"{_npm_registry(program).rstrip('/')}/{package.name}/-/{package.archive}"
    index = _index(_settings(program))
    return None if index is None else _in_index(package, f"{index.rstrip('/')}/{package.name}/")


def _npm_registry(npm: Sequence[str]) -> str:
    if not npm:
        return os.environ.get("NPM_CONFIG_REGISTRY", _NPM)
    return _said([*npm, "config", "get", "registry"]).strip() or _NPM


def _said(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _index(settings: Mapping[str, str]) -> str | None:
    """pip's index; None if there is none, or it needs credentials, which are pip's matter."""
    index = settings.get("index-url", _PYPI)
    if "no-index" in settings or not index.startswith("http") or "@" in index:
        return None
    return index


def _settings(pip: Sequence[str]) -> dict[str, str]:
    """pip's, from its files and the environment; without pip, from the environment alone."""
    if not pip:
        return {
            name.removeprefix("PIP_").lower().replace("_", "-"): value
            for name, value in os.environ.items()
            if name.startswith("PIP_")
        }
    lines = _said([*pip, "config", "list"]).splitlines()
    found = [match for line in lines if (match := _SETTING.match(line))]
    return {
        match["key"]: match["value"]
        for section in _SECTIONS
        for match in found
        if match["section"] == section
    }


def _in_index(package: Package, page: str) -> str | None:
    """By the simple repository API, in JSON or in HTML."""
    import httpx2

    try:
        answer = httpx2.get(
            page, headers={"Accept": _ACCEPT}, timeout=_TIMEOUT_S, follow_redirects=True
        ).raise_for_status()
        if "json" in answer.headers.get("Content-Type", ""):
            files = {file["filename"]: file["url"] for file in answer.json()["files"]}
        else:
            links = _Links()
            links.feed(answer.text)
            files = links.found
    except (httpx2.HTTPError, httpx2.InvalidURL, json.JSONDecodeError, LookupError, TypeError):
        return None
    url = files.get(package.archive)
    return None if url is None else urljoin(str(answer.url), url)


class _Links(HTMLParser):
    """Targets by their text, which is a file's name."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._target: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._target = dict(attributes).get("href") if tag == "a" else None

    def handle_data(self, data: str) -> None:
        if self._target is not None:
            self.found.setdefault(data.strip(), self._target)
