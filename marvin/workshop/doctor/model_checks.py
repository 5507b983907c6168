"""Checks the models of the profile and the disk space for missing ones."""

import tempfile
from functools import partial
from pathlib import Path

from marvin.config.needs import needs
from marvin.errors import ModelLoadError, ModelMissingError
from marvin.hub.catalogue import known
from marvin.hub.checking import check_folder
from marvin.hub.gguf_header import read_header
from marvin.hub.pins import data_home, pins_path, read_pins
from marvin.hub.present import folder_of, has_weights, lacking
from marvin.hub.source import Source, is_folder, is_present, locate
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok, warn
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.system import System

_ROOM_BYTES = 500_000_000
"""Less free space is a warning: new files are written before old ones are deleted."""


def model_checks(patient: Patient) -> Lane:
    """One finding per model, one for the cache, one for the disk."""
    sources = needs(patient.config)
    return (
        *(Check("model", partial(model, source)) for source in sources),
        Check("cache", partial(cache, sources)),
        Check("disk", partial(disk, patient.system, sources)),
    )


def model(source: Source) -> Finding:
    """Check file sizes and weight headers; hashing would take too long."""
    if source.gguf:
        return _gguf(source)
    if is_folder(source.name):
        return _folder(source)
    try:
        pin = read_pins().get(source.name)
    except ModelLoadError as error:
        return fail("model", str(error), f"rm {pins_path()} && {_pull(source.name)}")
    try:
        folder = locate(source)
    except ModelMissingError:
        return fail("model", f"{source} is missing or incomplete", _pull(source.name))
    except ModelLoadError as error:
        return fail("model", str(error), "marvin config  (the key above)")
    if wrong := check_folder(folder):
        return fail("model", f"{source}: {wrong[0]}", _pull(f"--repair {source.name}"))
    if pin is None or folder != folder_of(source.name, pin):
        return ok("model", f"{source.name}, downloaded by another program")
    return ok("model", f"{source.name}, {pin.bytes / 1e6:.0f} MB, {pin.version}")


def _folder(source: Source) -> Finding:
    try:
        folder = locate(source)
    except ModelLoadError as error:
        return fail("model", str(error), "marvin config  (the key above)")
    if not has_weights(folder):
        text = f"{source}: contains no model.safetensors"
        return fail("model", text, "marvin config  (the key above)")
    if wrong := check_folder(folder):
        return fail("model", f"{source}: {wrong[0]}", "copy the folder again")
    return ok("model", f"{source.name}")


def _gguf(source: Source) -> Finding:
    try:
        file = locate(source)
        read_header(file, source)
    except ModelMissingError:
        return fail("model", f"{source} is missing or incomplete", _pull(source.name))
    except ModelLoadError as error:
        return fail("model", str(error), "marvin config  (the key above)")
    return ok("model", f"{source.name}, {file.stat().st_size / 1e6:.0f} MB")


def _pull(what: str) -> str:
    return f"marvin models pull {what}"


def cache(sources: tuple[Source, ...]) -> Finding:
    """Whether the model cache and Marvin's list of downloads are writable."""
    for folder in (hub_cache(), data_home()):
        if why := unwritable(folder):
            text = f"{folder}: cannot be written ({why}): models cannot be downloaded"
            lacks = any(not is_present(source) for source in sources)
            return (fail if lacks else warn)("cache", text, f"sudo chown -R $USER {folder}")
    return ok("cache", f"{hub_cache()} is writable")


def disk(system: System, sources: tuple[Source, ...]) -> Finding:
    """Free space for missing models."""
    free = system.free_bytes(nearest(hub_cache()))
    missing = [source.name for source in sources if not is_present(source)]
    wanted = sum(_bytes(name) for name in dict.fromkeys(missing))
    text = f"{free / 1e9:.1f} GB free for models"
    if wanted > free:
        text = f"{text}, {wanted / 1e9:.1f} GB needed"
        return fail("disk", text, "marvin models prune  (or set HF_HOME to a larger disk)")
    if free - wanted < _ROOM_BYTES:
        return warn("disk", f"{text}: low", "marvin models prune")
    return ok("disk", text)


def _bytes(name: str) -> int:
    """Bytes still to download."""
    pin = read_pins().get(name)
    if pin is not None:
        return sum(pin.files[file].size for file in lacking(name, pin))
    listed = known(name)
    return listed.megabytes * 1_000_000 if listed is not None else 0


def hub_cache() -> Path:
    """The Hugging Face cache folder."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def unwritable(folder: Path) -> str:
    """Why a folder cannot be written or created; empty if it can."""
    try:
        with tempfile.TemporaryFile(dir=nearest(folder)) as file:
            # One block, because a full disk still accepts empty files.
            file.write(bytes(4096))
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def nearest(folder: Path) -> Path:
    """The folder, or its nearest existing parent."""
    return next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
