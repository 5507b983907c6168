"""Maps voices to languages, which decide how text is normalised.

MMS uses the three-letter codes of ISO 639-3, number normalisation the two-letter ones.
"""

from pathlib import Path

from marvin.boundary.files import read_json
from marvin.config.tts import SynthesizerConfig
from marvin.hub.source import is_folder
from marvin.tts.normalization import normalize
from marvin.tts.normalization.numerals import numerals

_TWO_LETTERS = {
    "amh": "am", "ara": "ar", "azj": "az", "bel": "be", "ben": "bn", "cat": "ca", "ces": "cs",
    "cym": "cy", "dan": "da", "deu": "de", "eng": "en", "epo": "eo", "fas": "fa", "fin": "fi",
    "fra": "fr", "heb": "he", "hun": "hu", "ind": "id", "isl": "is", "ita": "it", "jpn": "ja",
    "kan": "kn", "kaz": "kk", "kor": "ko", "lav": "lv", "lit": "lt", "nld": "nl", "nob": "no",
    "pol": "pl", "por": "pt", "ron": "ro", "rus": "ru", "slk": "sk", "slv": "sl", "spa": "es",
    "srp": "sr", "swe": "sv", "tel": "te", "tgk": "tg", "tha": "th", "tur": "tr", "ukr": "uk",
    "vie": "vi",
}  # fmt: skip


def two_letters(language: str | None) -> str:
    """ISO 639-1 code of `eng` or `azj-script_latin`; empty if numbers cannot be spelled in it."""
    return _TWO_LETTERS.get((language or "").partition("-")[0], "")


def as_read(sentence: str, config: SynthesizerConfig) -> str:
    """The text that the configured voice gets for a sentence; the voice need not be loaded."""
    if config.letters_only:
        language = two_letters(_of_checkpoint(getattr(config, config.checkpoints[0].key)))
        return numerals(normalize(sentence, language), language)
    return normalize(sentence, config.reads) if config.reads else sentence


def _of_checkpoint(name: str) -> str:
    """`deu` for `facebook/mms-tts-deu`, or from a folder's tokenizer config."""
    if not is_folder(name):
        return name.rpartition("-tts-")[2]
    try:
        described = read_json(Path(name).expanduser() / "tokenizer_config.json")
    except (OSError, ValueError):
        return ""
    return str(described.get("language") or "") if isinstance(described, dict) else ""
