"""Names of languages: MMS has the three letters of ISO 639-3, the reading of numbers has two."""

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
    """ISO 639-1 code of `eng` or `azj-script_latin`; empty where numbers cannot be read in it."""
    return _TWO_LETTERS.get((language or "").partition("-")[0], "")
