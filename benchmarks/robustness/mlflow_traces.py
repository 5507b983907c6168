"""Turns of the real `marvin run`, sent to a real MLflow server and read back by MLflow's client.

    python -m benchmarks.robustness.mlflow_traces [--python PYTHON] [--keep]

Installs MLflow into build/mlflow the first time (1 GB, a minute or two), unless --python names an
interpreter that has it. Two turns are taken, the second one with `trace.words`, by the built-in
engines on a recorded question; then one whose server does not answer. --keep leaves the server
running until Enter is pressed, to look at its page. Exits with 1 if something is not as it should
be.
"""

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

BUILD = Path("build/mlflow")
VERSION = "mlflow>=3,<4"
QUESTION = Path("samples/what_time_is_it.wav")
STAGES = ["endpoint", "first_audio", "listen", "mind", "speak", "stt", "tts", "turn", "wake"]
_START_S, _TURN_S = 600.0, 600.0
_READ = """\
import json, sys, mlflow
client = mlflow.MlflowClient(sys.argv[1])
# Oldest first.
found = client.search_traces(locations=["0"], order_by=["timestamp_ms ASC"])
print(json.dumps([
    [
        {
            "name": span.name,
            "type": span.span_type,
            "parent": span.parent_id,
            "id": span.span_id,
            "start_ns": span.start_time_ns,
            "end_ns": span.end_time_ns,
            "attributes": {k: str(v) for k, v in span.attributes.items()},
            "inputs": str(span.inputs),
            "outputs": str(span.outputs),
        }
        for span in trace.data.spans
    ]
    for trace in found
]))
"""


@dataclass(frozen=True, slots=True)
class Check:
    what: str
    right: bool


def installed(python: str | None) -> Path:
    """An interpreter that has MLflow."""
    if python is not None:
        return Path(python)
    found = BUILD / "venv" / "bin" / "python"
    if not found.exists():
        uv = shutil.which("uv") or ".venv/bin/uv"
        subprocess.run([uv, "venv", "--python", sys.executable, str(BUILD / "venv")], check=True)
        environment = {**os.environ, "VIRTUAL_ENV": str((BUILD / "venv").resolve())}
        subprocess.run([uv, "pip", "install", VERSION], check=True, env=environment)
    return found


@contextlib.contextmanager
def server(python: Path, folder: Path) -> Iterator[str]:
    """A server on loopback with a database of its own; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    log = (folder / "mlflow.log").open("wb")
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    store = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    # Without what it runs beside the server, in sessions of its own.
    off = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    process = subprocess.Popen(
        [str(python), "-m", "mlflow", "server", *options, *store],
        stdout=log,
        stderr=log,
        env={**os.environ, **off},
        cwd=folder,
        start_new_session=True,
    )
    try:
        _await(url, process)
        yield url
    finally:
        os.killpg(process.pid, 15)
        process.wait(60)
        log.close()


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    end_s = time.monotonic() + _START_S
    while time.monotonic() < end_s and process.poll() is None:
        with contextlib.suppress(OSError, HTTPException), urllib.request.urlopen(f"{url}/health"):
            return
        time.sleep(0.5)
    raise SystemExit("MLflow has not started: see mlflow.log")


def take_turn(url: str, folder: Path, *, words: bool) -> "subprocess.CompletedProcess[str]":
    """The real `marvin run`, with a configuration of its own."""
    configuration = folder / "marvin" / "models.toml"
    configuration.parent.mkdir(exist_ok=True)
    configuration.write_text(
        f'profile = "embedded"\n[trace]\nendpoint = "{url}"\n'
        f'headers = ["x-mlflow-experiment-id=0"]\ntimeout_s = 60\nwords = {json.dumps(words)}\n'
    )
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder), "XDG_STATE_HOME": str(folder)}
    command = [sys.executable, "-m", "marvin", "run", "--input", str(QUESTION)]
    return subprocess.run(
        [*command, "--output", str(folder / "reply.wav")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_TURN_S,
        check=False,
    )


def traces(python: Path, url: str) -> list[list[dict[str, Any]]]:
    """The spans of each, oldest first, by MLflow's own client."""
    found = subprocess.run(
        [str(python), "-c", _READ, url], capture_output=True, text=True, check=True, timeout=_TURN_S
    )
    loaded: list[list[dict[str, Any]]] = json.loads(found.stdout.splitlines()[-1])
    return loaded


def checks(read: list[list[dict[str, Any]]]) -> Iterator[Check]:
    yield Check(f"two turns are read back as two traces: {len(read)}", len(read) == 2)
    for spans, words in zip(read, (False, True), strict=False):
        names = sorted(span["name"] for span in spans)
        yield Check(f"spans: {', '.join(names)}", names == STAGES)
        by_name = {span["name"]: span for span in spans}
        root = by_name["turn"]
        inside = all(
            root["start_ns"] <= one["start_ns"] <= one["end_ns"] <= root["end_ns"] for one in spans
        )
        yield Check("each within the turn", inside and root["parent"] is None)
        yield Check(f"the turn is of type {root['type']}", root["type"] == "AGENT")
        yield Check("answered", "answered" in root["attributes"]["marvin.outcome"])
        told = json.dumps(spans).casefold()
        seen = "what time is it" in told and "it is" in root["outputs"].casefold()
        yield Check(f"words are {'there' if words else 'not there'}", seen == words)


def show(spans: list[dict[str, Any]]) -> None:
    began_ns = next(span["start_ns"] for span in spans if span["name"] == "turn")
    for span in sorted(spans, key=_began):
        start_ms = (span["start_ns"] - began_ns) / 1e6
        took_ms = (span["end_ns"] - span["start_ns"]) / 1e6
        print(f"  {span['name']:<12} from {start_ms:7.0f} ms  for {took_ms:7.0f} ms")


def _began(span: Mapping[str, Any]) -> tuple[int, int]:
    return span["start_ns"], -span["end_ns"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", help="an interpreter that has MLflow")
    parser.add_argument("--keep", action="store_true", help="leave the server running until Enter")
    arguments = parser.parse_args()
    python = installed(arguments.python)
    found: list[Check] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with server(python, folder) as url:
            for words in (False, True):
                done = take_turn(url, folder, words=words)
                took = "answered" in done.stdout
                found.append(Check(f"marvin run ends with {done.returncode}", took))
                # A machine that is too busy to listen, for example.
                print(done.stderr, end="")
            read = traces(python, url)
            found += checks(read)
            for spans in read[-1:]:
                show(spans)
            if arguments.keep:
                input(f"{url}: Enter ends it. ")
        done = take_turn(url, folder, words=False)
        told = done.stderr.count("no traces arrive at")
        found.append(Check(f"without a server, marvin run ends with {done.returncode}", told == 1))
    for check in found:
        print("+" if check.right else "-", check.what)
    sys.exit(not all(check.right for check in found))


if __name__ == "__main__":
    main()
