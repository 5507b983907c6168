"""Text normalization: numbers, units, dates, money and abbreviations as words.

Voices trained on spelled-out text, such as SpeechT5 and MMS, skip digits; others misread them.
num2words makes the numbers. Considered and rejected: nemo_text_processing 1.2 (pynini has no arm64
wheels and unpacks to 410 MB; a language's grammars take a minute to build), wetext 0.1.8 (English
is its only European language, raises on some texts), normt2s 0.7 (alpha, English and German).
None reads ranges, durations (2h30m) or counts that look like years (1999 cars).
"""

from marvin.tts.normalization.elsewhere import normalize_certain
from marvin.tts.normalization.english import normalize_english


def normalize(sentence: str, language: str = "en") -> str:
    """The sentence as it is read aloud. `language` is a tag such as `en`, `en-gb` or `pt-BR`.

    In other languages only dates, times, prices and telephone numbers are normalized, and only if
    the reading is certain. Plain sentences are unchanged, and no text raises an exception.
    """
    code = language.replace("_", "-").partition("-")[0].lower()
    return normalize_english(sentence) if code == "en" else normalize_certain(sentence, code)
