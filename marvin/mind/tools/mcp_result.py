"""What an MCP tool returns, as text; pictures and other files are kept in a folder."""

import base64
import logging
import mimetypes
import re
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marvin.boundary.terminal import one_line
from marvin.mind.tools.offered import ToolResult

if TYPE_CHECKING:
    from mcp.types import CallToolResult

_LOGGER = logging.getLogger(__name__)

_MOST_PARTS = 50
_MOST_FILES = 10
_NAME = re.compile(r"[^a-z0-9]+")


def read_result(result: "CallToolResult", tool: str, folder: Path) -> ToolResult:
    """Writes the files. Blocks."""
    texts: list[str] = []
    files: list[Path] = []
    for part in result.content[:_MOST_PARTS]:
        match part.type:
            case "text":
                texts.append(part.text)
            case "image" | "audio" if len(files) < _MOST_FILES:
                texts += _kept(part.data, part.mime_type, tool, folder, files)
            case "resource_link":
                texts.append(f"{one_line(part.name)}: {one_line(str(part.uri))}")
            case "resource":
                texts += _resource(part.resource, tool, folder, files)
            case _:
                texts.append("(a part that cannot be told)")
    if not texts and result.structured_content is not None:
        texts.append(str(result.structured_content))
    return ToolResult("\n".join(texts) or "Done.", files=tuple(files))


def _resource(resource: Any, tool: str, folder: Path, files: list[Path]) -> list[str]:
    if (text := getattr(resource, "text", None)) is not None:
        return [text]
    return _kept(resource.blob, resource.mime_type or "", tool, folder, files)


def _kept(data: str, kind: str, tool: str, folder: Path, files: list[Path]) -> list[str]:
    """Only Marvin chooses the name: a server could overwrite any file."""
    ending = mimetypes.guess_extension(kind.partition(";")[0].strip()) or ".bin"
    stamp = time.strftime("%Y-%m-%d-%H-%M-%S")
    name = f"{_NAME.sub('-', tool.lower()).strip('-') or 'file'}-{stamp}"
    try:
        content = base64.b64decode(data, validate=True)
        folder.mkdir(parents=True, exist_ok=True)
        path = _new(folder, name, ending)
        path.write_bytes(content)
    except (ValueError, OSError) as error:
        _LOGGER.warning("a file of the tool %s cannot be kept: %s", tool, error)
        return ["(a file that could not be kept)"]
    files.append(path)
    return [f"A file was made: {path}"]


def _new(folder: Path, name: str, ending: str) -> Path:
    """A file of that name, which nobody else uses. Raises OSError."""
    for number in count(1):
        with suppress(FileExistsError):
            path = folder / f"{name}-{number}{ending}"
            path.touch(exist_ok=False)
            return path
    raise AssertionError
