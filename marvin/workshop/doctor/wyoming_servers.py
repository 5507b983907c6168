"""Checks the Wyoming servers of the configured engines: whether they answer, and have what
models.toml asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from marvin.backends.wyoming.wyoming_connection import WyomingFaultError, WyomingWording, connected
from marvin.backends.wyoming.wyoming_offer import WyomingOffer
from marvin.backends.wyoming.wyoming_requests import fetch_offer
from marvin.config.engine_table import WyomingTable
from marvin.stt.wyoming_transcriber import check_offer
from marvin.tts.wyoming_synthesizer import chosen_voice
from marvin.wake.wyoming.word_choice import chosen_word
from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok
from marvin.workshop.doctor.patience import stretched
from marvin.workshop.doctor.patient import Patient

_ANSWER_S = 3.0
_LIMIT_S = 4.0
"""A failing name lookup may take longer."""
_CHECKS: dict[str, Callable[[WyomingOffer, Any], object]] = {
    "asr": check_offer,
    "tts": chosen_voice,
    "wake": chosen_word,
    "handle": lambda offer, table: None,
}


def wyoming_lanes(patient: Patient) -> list[Lane]:
    """One lane per server, to wait for all concurrently."""
    if patient.system.version("wyoming") is None:
        # The check of the package says so.
        return []
    found: list[Lane] = []
    for key, table in patient.config.engines():
        if isinstance(table, WyomingTable):
            name, cure = f"{key} server", f"start it, or correct {key}.url"
            late = fail(name, f"{table.url} does not answer", cure)
            found.append((Check(name, partial(wyoming_server, key, table), _LIMIT_S, late=late),))
    return found


def wyoming_server(key: str, table: WyomingTable) -> Finding:
    name = f"{key} server"
    try:
        offer = asyncio.run(_ask(key, table))
        _CHECKS[table.domain](offer, table)
    except WyomingFaultError as error:
        return fail(name, str(error), "marvin config  (the key above)")
    except TimeoutError:
        text = f"{table.url} accepts connections, but does not answer"
        return fail(name, text, f"start it again, or correct {key}.url")
    programs = ", ".join(filter(None, offer.programs)) or "it"
    return ok(name, f"{table.url} answers: {programs}, {table.things}: {len(offer.things)}")


async def _ask(key: str, table: WyomingTable) -> WyomingOffer:
    """Raises WyomingFaultError, TimeoutError."""
    wording = WyomingWording(key, table.url, "what it offers")
    async with asyncio.timeout(stretched(_ANSWER_S)), connected(wording) as connection:
        return await fetch_offer(connection, wording, table.domain, table.things)
