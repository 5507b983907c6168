"""Are the models of the profile here, and whole? Is there room for those that are not?"""

import tempfile
from functools import partial
from pathlib import Path

from marvin.config.needs import needs
from marvin.errors import ModelLoadError, ModelMissingError
from marvin.hub.catalogue import known
from marvin.hub.checking import check_folder
from marvin.hub.pins import data_home, pins_path, read_pins
from marvin.hub.present import folder_of, has_weights, lacking
from marvin.hub.source import Source, is_folder, is_present, locate
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok, warn
from marvin.workshop.doctor.patient import Patient
from marvin.workshop.doctor.system import System

_ROOM_BYTES = 500_000_000
"""Less on the disk of the cache is little: a model's files are written before old ones go."""


def checks(patient: Patient) -> Lane:
    """A line for each model, one for the folder, one for the disk."""
    sources = needs(patient.config)
    return (
        *(Check("model", partial(model, source)) for source in sources),
        Check("cache", partial(cache, sources)),
        Check("disk", partial(disk, patient.system, sources)),
    )


def model(source: Source) -> Finding:
    """One model: its lengths and the headers of its weights; the digests take too long."""
    if is_folder(source.name):
        return _folder(source)
    try:
        pin = read_pins().get(source.name)
    except ModelLoadError as error:
        return fail("model", str(error), f"rm {pins_path()} && {_pull(source.name)}")
    try:
        folder = locate(source)
    except ModelMissingError:
        return fail("model", f"{source} is not here, or not whole", _pull(source.name))
    except ModelLoadError as error:
        return fail("model", str(error), "marvin config  (the key above)")
    if wrong := check_folder(folder):
        return fail("model", f"{source}: {wrong[0]}", _pull(f"--repair {source.name}"))
    if pin is None or folder != folder_of(source.name, pin):
        return ok("model", f"{source.name}, fetched by another program")
    return ok("model", f"{source.name}, {pin.bytes / 1e6:.0f} MB, {pin.commit[:8]}")


def _folder(source: Source) -> Finding:
    try:
        folder = locate(source)
    except ModelLoadError as error:
        return fail("model", str(error), "marvin config  (the key above)")
    if not has_weights(folder):
        text = f"{source}: there is no model.safetensors in it"
        return fail("model", text, "marvin config  (the key above)")
    if wrong := check_folder(folder):
        return fail("model", f"{source}: {wrong[0]}", "copy the folder again")
    return ok("model", f"{source.name}")


def _pull(what: str) -> str:
    return f"marvin models pull {what}"


def cache(sources: tuple[Source, ...]) -> Finding:
    """Where models are fetched to, and where Marvin notes down what it fetched."""
    for folder in (hub_cache(), data_home()):
        if why := unwritable(folder):
            text = f"{folder}: cannot be written ({why}): no model can be fetched"
            lacks = any(not is_present(source) for source in sources)
            return (fail if lacks else warn)("cache", text, f"sudo chown -R $USER {folder}")
    return ok("cache", f"{hub_cache()} can be written")


def disk(system: System, sources: tuple[Source, ...]) -> Finding:
    """Room for what is still to be fetched."""
    free = system.free_bytes(nearest(hub_cache()))
    missing = [source.name for source in sources if not is_present(source)]
    wanted = sum(_bytes(name) for name in dict.fromkeys(missing))
    text = f"{free / 1e9:.1f} GB free for models"
    if wanted > free:
        text = f"{text}, {wanted / 1e9:.1f} GB are missing"
        return fail("disk", text, "marvin models prune  (or set HF_HOME to a larger disk)")
    if free - wanted < _ROOM_BYTES:
        return warn("disk", f"{text}: that is little", "marvin models prune")
    return ok("disk", text)


def _bytes(name: str) -> int:
    """As published, or what is left of it."""
    pin = read_pins().get(name)
    if pin is not None:
        return sum(pin.files[file].size for file in lacking(name, pin))
    listed = known(name)
    return listed.megabytes * 1_000_000 if listed is not None else 0


def hub_cache() -> Path:
    """The folder that all programs of Hugging Face share."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def unwritable(folder: Path) -> str:
    """Why nothing can be written into a folder, or made in its place; empty if it can."""
    try:
        with tempfile.TemporaryFile(dir=nearest(folder)) as file:
            # One block: a full disk takes names, and no content.
            file.write(bytes(4096))
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def nearest(folder: Path) -> Path:
    """The folder, or the one above it that exists."""
    return next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
