"""Fetches the needed files of a model into the shared Hugging Face cache."""

from __future__ import annotations

import glob
import shutil
from collections.abc import Iterable
from pathlib import Path

from marvin.errors import DownloadError
from marvin.hub.checking import discard
from marvin.hub.converting import to_safetensors
from marvin.hub.fetching import BarFor, Report, fetch
from marvin.hub.gguf_names import repository_id
from marvin.hub.offers import Offer
from marvin.hub.pins import Kept, Pin, own_folder, read_pins, workshop, write_pins
from marvin.hub.present import lacking, repository, size_of
from marvin.hub.refusal import refused
from marvin.hub.storing import building, commits, store


def pull(offer: Offer, bar_for: BarFor) -> Pin:
    """Fetch missing files, then pin the commit.

    Raises:
        DownloadError: It failed; partial downloads are kept for the next attempt.
    """
    pins = read_pins()
    before = pins.get(offer.name)
    if before and before.commit == offer.commit and not lacking(offer.name, before):
        return before
    ours = before.ours if before and before.origin == "hub" else offer.coming() > 0
    with refused(offer.name, offer.revision):
        for name in offer.choice.plain:
            if size_of(offer.cached / name) != offer.files[name].size:
                discard(offer.cached / name)  # Truncated: the library would accept it.
        _fetch_small(offer)
        for name in offer.large():
            if size_of(offer.cached / name) != offer.files[name].size:
                _fetch_large(offer, name, bar_for(name))
        files = {name: offer.files[name] for name in offer.choice.plain}
        if offer.choice.pickles:
            files = _convert(offer, bar_for)
    if not offer.choice.pickles:
        shutil.rmtree(own_folder(offer.name), ignore_errors=True)  # from another source
    pin = Pin(
        kind=offer.kind,
        revision=offer.revision,
        commit=offer.commit,
        files=files,
        converted=bool(offer.choice.pickles),
        ours=ours,
        older=tuple(one for one in commits(before) if one != offer.commit) if ours else (),
    )
    write_pins({**pins, offer.name: pin})
    return pin


def _fetch_small(offer: Offer) -> None:
    """There may be hundreds: fetched in parallel, without progress bars."""
    from huggingface_hub import snapshot_download

    large = set(offer.large())
    small = [glob.escape(name) for name in offer.choice.plain if name not in large]
    if small:
        # By branch name if possible, so that the cache records it: `hf cache prune` deletes
        # commits without a branch or tag.
        folder = snapshot_download(
            repository_id(offer.name),
            repo_type=offer.kind,
            revision=offer.asked,
            allow_patterns=small,
        )
        _check_commit(offer, Path(folder))


def _fetch_large(offer: Offer, name: str, report: Report) -> None:
    """Fetch a blob into the cache, where huggingface_hub finds it by its digest and links it."""
    from huggingface_hub import hf_hub_download

    kept = offer.files[name]
    blob = repository(offer.name, offer.kind) / "blobs" / kept.digest.partition(":")[2]
    if size_of(blob) != kept.size:
        _fetch_to(offer, name, blob, report)
    linked = hf_hub_download(
        repository_id(offer.name), filename=name, repo_type=offer.kind, revision=offer.asked
    )
    _check_commit(offer, Path(linked).parent)


def _fetch_to(offer: Offer, name: str, target: Path, report: Report) -> None:
    from huggingface_hub import hf_hub_url

    url = hf_hub_url(repository_id(offer.name), name, repo_type=offer.kind, revision=offer.commit)
    kept = offer.files[name]
    fetch(url, target, kept.size, kept.digest, report)


def _check_commit(offer: Offer, folder: Path) -> None:
    if folder.name != offer.commit:
        raise DownloadError(f"{offer.name}: changed on the Hub during the download. Try again")


def _convert(offer: Offer, bar_for: BarFor) -> dict[str, Kept]:
    """Convert into Marvin's own folder, with safetensors in place of pickles."""
    pickles = [_fetch_pickle(offer, name, bar_for) for name in offer.choice.pickles]
    with building(offer.name) as new:
        for name in offer.choice.plain:
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(offer.cached / name, new / name)
        try:
            to_safetensors(pickles, new, offer.name)
            files = store(new, offer.name)
        except DownloadError:
            _delete(pickles)  # they hold something else than weights
            raise
        _delete(pickles)
    return files


def _delete(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink()


def _fetch_pickle(offer: Offer, name: str, bar_for: BarFor) -> Path:
    path = workshop() / offer.files[name].digest.partition(":")[2]
    if size_of(path) != offer.files[name].size:
        _fetch_to(offer, name, path, bar_for(name))
    return path
