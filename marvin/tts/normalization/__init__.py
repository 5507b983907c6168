"""What stands for words in writing, as the words: numbers, units, dates, money, abbreviations.

Voices that learned from spelled-out text, such as SpeechT5 and MMS, skip a digit that they are
given. num2words makes the numbers. The rest is our own: nemo_text_processing needs pynini, which
has no wheels for arm64; normt2s 0.7, an alpha, reads neither ranges nor telephone numbers, and
raises on broken text.
"""

from marvin.tts.normalization import elsewhere, english


def normalize(sentence: str, language: str = "en") -> str:
    """The sentence in words. `language` is a tag such as `en`, `en-gb` or `pt-BR`.

    In other languages than English only numbers are read; in those that num2words does not know,
    nothing. Plain sentences stay as they are, and no text raises.
    """
    code, _, region = language.replace("_", "-").partition("-")
    if code.lower() == "en":
        return english.spoken(sentence)
    return elsewhere.spoken(sentence, code.lower(), region.upper())
