"""A Hub that quotes secrets is not quoted, and cannot fill the memory."""

import gzip

from tests.backends.remote.secrets import KEY, echoes, leaks
from tests.faulty_server import Answer, FaultyServer
from tests.hub.machine import Machine


def test_hub_that_quotes_secrets_is_not_quoted(machine: Machine) -> None:
    machine.settings["HF_TOKEN"] = KEY
    for echo in echoes()[:3]:
        header = echo.replace("\n", " ").replace("\\n", " ")
        for status in (200, 400, 401, 403, 404, 429, 500):
            headers = {"X-Error-Message": header, "X-HF-Warning": f"t; {header}"}
            with FaultyServer(always=Answer.json({"error": echo}, status, headers=headers)) as at:
                machine.settings["HF_ENDPOINT"] = at.url
                done = machine.marvin("models", "pull", "org/tiny")
            assert done.returncode != 0
            assert "Traceback" not in done.stderr
            assert leaks(done.stdout + done.stderr) == [], (status, done)


def test_endless_description_is_an_error(machine: Machine) -> None:
    bomb = gzip.compress(b'{"id": "' + b"x" * 64 * 1024 * 1024)
    kind = {"Content-Type": "application/json"}
    for answer in (
        Answer(200, bomb, {**kind, "Content-Encoding": "gzip"}),
        Answer(404, bomb, {**kind, "Content-Encoding": "gzip"}),
        Answer(200, b'{"id": "' + b"x" * 1_000_000, kind, endless=True),
        Answer(404, b"x" * 1_000_000, endless=True),
    ):
        with FaultyServer(always=answer) as at:
            machine.settings["HF_ENDPOINT"] = at.url
            done = machine.marvin("models", "pull", "org/tiny")
        assert done.returncode != 0
        assert "not a Hub" in done.stderr
