"""Checks that every model is on this machine."""

from collections.abc import Iterable, Iterator

from marvin.config.needs import needs
from marvin.config.tables import ENGLISH, Config
from marvin.errors import ModelLoadError, ModelMissingError
from marvin.hub.source import IN_EVERY_PROFILE, Source, can_be_fetched, is_present, locate


def check_models(config: Config) -> None:
    """Fail before loading starts, with all missing models at once. Raises ModelMissingError."""
    missing = [source for source in needs(config) if not is_present(source)]
    fetchable = [source for source in missing if can_be_fetched(source.name)]
    wrong = [*_reasons(one for one in missing if one not in fetchable)]
    wrong += [f"{one} is not on this machine, or is incomplete" for one in fetchable]
    if fetchable:
        names = " ".join(dict.fromkeys(source.name for source in fetchable))
        wrong.append(f"`marvin models pull {names}` fetches what is missing")
        speech = any(source.key not in IN_EVERY_PROFILE for source in fetchable)
        if speech and config.language == ENGLISH:
            wrong.append("`marvin run --profile embedded` needs no speech models")
    if wrong:
        raise ModelMissingError("\n".join(wrong))


def _reasons(missing: Iterable[Source]) -> Iterator[str]:
    for source in missing:
        try:
            locate(source)
        except ModelLoadError as error:
            yield str(error)
