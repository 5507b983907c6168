"""What stands for words in writing, as the words: numbers, units, dates, money, abbreviations.

Voices that learned from spelled-out text, such as SpeechT5 and MMS, skip a digit that they are
given; others read it, but not as it was meant. num2words makes the numbers. The rest is our own.
Looked at and not taken: nemo_text_processing 1.2 needs pynini, which has no wheels for arm64 and
unpacks to 410 MB, and builds its grammars for a minute a language; wetext 0.1.8 knows no language
of Europe but English, and raises on some texts; normt2s 0.7, an alpha, knows English and German.
None reads ranges, lengths of time (2h30m) or counts that look like years (1999 cars).
"""

from marvin.tts.normalization import elsewhere, english


def normalize(sentence: str, language: str = "en") -> str:
    """The sentence as it is read aloud. `language` is a tag such as `en`, `en-gb` or `pt-BR`.

    In other languages than English only dates, times, prices and telephone numbers are read, and
    only in those where the reading is certain; the rest is left to the voice. Plain sentences stay
    as they are, and no text raises.
    """
    code = language.replace("_", "-").partition("-")[0].lower()
    return english.spoken(sentence) if code == "en" else elsewhere.spoken(sentence, code)
