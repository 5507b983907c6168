"""The commands models list, pull, check and prune."""

import argparse
import sys
from collections.abc import Iterable, Mapping

from marvin.cli.commands.common_options import load
from marvin.cli.commands.model_list import as_json, as_table
from marvin.cli.commands.output import print
from marvin.cli.commands.transfer_bars import transfer_bars
from marvin.config.loading import load_profiles
from marvin.config.needs import needs
from marvin.config.problems import closest
from marvin.config.profiles import (
    AUTO,
    MachineSummary,
    ProfileCandidate,
    best_for,
    hardware_lacks,
    or_smaller,
    this_machine,
)
from marvin.config.tables import Config
from marvin.errors import DownloadError
from marvin.hub.catalogue import NOT_FOR_BUSINESS, known
from marvin.hub.checking import check_folder, discard_changed, wrong_files
from marvin.hub.fetching import quiet
from marvin.hub.offers import Order, check_space, is_here
from marvin.hub.pins import Pin, only_one, read_pins
from marvin.hub.present import find
from marvin.hub.pruning import Waste, delete, waste
from marvin.hub.source import Source, can_be_fetched, is_folder, is_present
from marvin.hub.sourcing import ModelOffer, find_offers, take, wanted_source


def show(arguments: argparse.Namespace) -> int:
    _, configs = load_profiles(arguments.config)
    if arguments.json:
        print(as_json(configs))
    else:
        as_table(configs)
    return 0


def pull(arguments: argparse.Namespace) -> int:
    orders = _orders(arguments)
    quiet()
    with only_one():
        if arguments.repair:
            _repair(orders)
        todo = [order for order in orders if not is_here(order)]
        # Query all models before the first download, so that errors show at once.
        offers = find_offers(todo, _tell)
        check_space(offers)
        try:
            _fetch(zip(todo, offers, strict=True))
        except KeyboardInterrupt:
            print("stopped; run the same command again to resume", file=sys.stderr)
            raise
    fetched = {offer.name for offer in offers}
    for order in orders:
        if order.name not in fetched:
            print(f"{order.name}: already downloaded")
    return 0


def check(arguments: argparse.Namespace) -> int:
    pins = read_pins()
    others = _of_other_programs(arguments, pins)
    broken = []
    with transfer_bars() as bars:
        for name, pin in pins.items():
            wrong = [line for _, line in wrong_files(name, pin, bars.bar_for)]
            print(_verdict(name, wrong, f"{_size(pin.bytes)}, {pin.version}"))
            broken += [name] if wrong else []
        for name in others:
            folder = find(name)
            wrong = check_folder(folder) if folder is not None else []
            print(_verdict(name, wrong, "downloaded by another program: weights only"))
            broken += [name] if wrong else []
    if broken:
        print(f"\n`marvin models pull --repair {' '.join(broken)}` repairs them.")
    elif not pins and not others:
        print("No models are downloaded. `marvin models list` shows the known ones.")
    return 1 if broken else 0


def prune(arguments: argparse.Namespace) -> int:
    _, configs = load_profiles(arguments.config)
    needed = {need.name for config in configs.values() for need in needs(config)}
    needed |= {need.name for need in needs(load(arguments).config)}
    with only_one():
        pins = read_pins()
        wastes = waste(pins, needed)
        for name, pin in pins.items():
            if name not in needed and not pin.ours:
                print(f"{name}: kept; another program downloaded it first")
        if not wastes:
            print("Nothing to delete: all models are needed by a profile or your models.toml.")
            return 0
        for one in wastes:
            print(f"{one.name}  {_size(one.bytes)}{'' if one.whole else '  (older commits)'}")
        print(f"total {_size(sum(one.bytes for one in wastes))}")
        if not arguments.yes and not _agreed(wastes):
            return 1
        delete(wastes)
    print("Deleted.")
    return 0


def _fetch(offers: Iterable[tuple[Order, ModelOffer]]) -> None:
    with transfer_bars() as bars:
        for order, offer in offers:
            _announce(offer, order.licence)
            pin = take(offer, bars.bar_for)
            print(f"  done: {pin.version}, {_size(pin.bytes)}", flush=True)


def _announce(offer: ModelOffer, licence: str) -> None:
    one = known(offer.name)
    licence = offer.licence or (one.licence if one is not None else licence)
    licence = licence or f"licence: {_page(offer)}"
    warning = " (non-commercial use only)" if licence == NOT_FOR_BUSINESS else ""
    print(
        f"{offer.name}: {_size(offer.coming())}, {licence}{warning}, "
        f"from {offer.source} to {offer.place}",
        flush=True,
    )


def _tell(reason: str) -> None:
    print(reason, file=sys.stderr, flush=True)


def _page(offer: ModelOffer) -> str:
    from huggingface_hub import constants

    prefix = "" if offer.kind == "model" else f"{offer.kind}s/"
    return f"{constants.ENDPOINT}/{prefix}{offer.name}"


def _orders(arguments: argparse.Namespace) -> list[Order]:
    """The models to download: all of a profile, or single Hub ids."""
    candidates, configs = load_profiles(arguments.config)
    names = arguments.names
    machine = this_machine()
    if not names:
        loaded = load(arguments)
        wanted = arguments.profile or loaded.config.profile
        names = [best_for(candidates, machine) if wanted == AUTO else wanted]
        print(f"profile {names[0]}" + (", the best for this machine" if wanted == AUTO else ""))
    if arguments.or_smaller:
        names = [_suitable(name, candidates, machine) for name in names]
    named = {need.name: need for config in configs.values() for need in needs(config)}
    orders: dict[str, Order] = {}
    source = wanted_source(arguments.source)
    for name in names:
        if name in candidates and (lacks := hardware_lacks(candidates[name].wants, machine)):
            _tell(f"profile {name} needs {lacks}: `auto` will not choose it on this machine")
        for need in _needs_of(name, candidates, configs, named):
            if name in configs and not arguments.update and source is None and _is_elsewhere(need):
                print(f"{need.name}: another program has it on this machine")
                continue
            orders[need.name] = Order(
                need.name, need.revision, arguments.update, need.licence, source
            )
    if not orders:
        print(f"{', '.join(names)}: no models needed")
    return list(orders.values())


def _suitable(
    name: str, candidates: Mapping[str, ProfileCandidate], machine: MachineSummary
) -> str:
    """The profile, or a smaller one that this machine could run."""
    if name not in candidates or not (lacks := hardware_lacks(candidates[name].wants, machine)):
        return name
    smaller = or_smaller(name, candidates, machine)
    _tell(f"profile {name} needs {lacks}: {smaller} instead")
    return smaller


def _needs_of(
    name: str,
    profiles: Iterable[str],
    configs: Mapping[str, Config],
    named: Mapping[str, Source],
) -> list[Source]:
    if name in configs:
        return [need for need in needs(configs[name]) if can_be_fetched(need.name)]
    if name in profiles:
        raise DownloadError(
            f"profile {name} does not work with your models.toml: "
            f"`marvin config --profile {name}` says why"
        )
    if "/" not in name:
        raise DownloadError(
            f"{name}: neither a profile{closest(name, profiles)} nor a Hub id (owner/name)"
        )
    return [named.get(name, Source("", name))]


def _is_elsewhere(need: Source) -> bool:
    """Whether LM Studio, Ollama or the shared cache has the GGUF file, but Marvin did not fetch
    it."""
    return need.gguf and need.name not in read_pins() and is_present(need)


def _repair(orders: Iterable[Order]) -> None:
    pins = read_pins()
    with transfer_bars() as bars:
        for order in orders:
            if order.name in pins:
                discard_changed(order.name, pins[order.name], bars.bar_for)


def _of_other_programs(arguments: argparse.Namespace, pins: Mapping[str, Pin]) -> list[str]:
    _, configs = load_profiles(arguments.config)
    wanted = {need.name: None for config in configs.values() for need in needs(config)}
    return [name for name in wanted if name not in pins and not is_folder(name) and find(name)]


def _verdict(name: str, wrong: list[str], detail: str) -> str:
    return "\n".join([f"{name}: {'broken' if wrong else 'ok'} ({detail})", *_indent(wrong)])


def _indent(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _agreed(wastes: Iterable[Waste]) -> bool:
    if any(one.commits or one.files for one in wastes):
        print("Other programs that use the Hugging Face cache would have to download them again.")
    if not sys.stdin.isatty():
        print("`--yes` deletes them without asking.")
        return False
    return input("Delete them? [y/N] ").strip().lower() in ("y", "yes")


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
