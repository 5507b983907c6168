"""Converts espeak-ng's IPA to the phones of the recogniser's dictionary."""

import unicodedata

# ruff: noqa: RUF001 - IPA letters resemble Latin ones.
_PHONES = {
    # Diphthongs and affricates; longest match wins.
    "aɪ": "AY",
    "aʊ": "AW",
    "eɪ": "EY",
    "oʊ": "OW",
    "əʊ": "OW",
    "ɔɪ": "OY",
    "oɪ": "OY",
    "eə": "EH R",
    "ʊə": "UH R",
    "tʃ": "CH",
    "dʒ": "JH",
    "əl": "AH L",
    # Vowels; length marks are removed before.
    "i": "IY",
    "ɪ": "IH",
    "ᵻ": "IH",
    "y": "UW",
    "e": "EH",
    "ɛ": "EH",
    "ø": "ER",
    "œ": "ER",
    "æ": "AE",
    "a": "AE",
    "ɑ": "AA",
    "ɒ": "AA",
    "ɔ": "AO",
    "o": "AO",
    "ʊ": "UH",
    "u": "UW",
    "ʌ": "AH",
    "ə": "AH",
    "ɐ": "AH",
    "ɜ": "ER",
    "ɝ": "ER",
    "ɚ": "ER",
    # Consonants.
    "p": "P",
    "b": "B",
    "t": "T",
    "d": "D",
    "ɾ": "T",
    "ʔ": "T",
    "k": "K",
    "ɡ": "G",
    "g": "G",
    "f": "F",
    "v": "V",
    "β": "V",
    "θ": "TH",
    "ð": "DH",
    "s": "S",
    "z": "Z",
    "ʃ": "SH",
    "ç": "SH",
    "ʒ": "ZH",
    "h": "HH",
    "x": "K",
    "m": "M",
    "n": "N",
    "ɲ": "N Y",
    "ŋ": "NG",
    "l": "L",
    "ɬ": "L",
    "ɫ": "L",
    "ɹ": "R",
    "r": "R",
    "ʁ": "R",
    "w": "W",
    "ʍ": "W",
    "j": "Y",
}

PHONES = tuple(sorted({phone for phones in _PHONES.values() for phone in phones.split()}))
"""The phones used in the dictionary."""

_SYLLABIC = "\N{COMBINING VERTICAL LINE BELOW}"
"""Marks a syllabic consonant: `bʌʔn̩`."""

_LONGEST = max(map(len, _PHONES))


def arpabet(ipa: str) -> str:
    """CMU phones without stress, separated by spaces; empty if nothing is recognised.

    Sounds that English lacks become the nearest phone; marks of stress, length, tone and nasality
    are dropped.
    """
    text = "".join(
        sign
        for sign in unicodedata.normalize("NFD", ipa.lower()).replace("c\u0327", "ç")
        if sign in _PHONES or sign == _SYLLABIC or any(sign in key for key in _PHONES)
    )
    phones: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == _SYLLABIC:
            phones[-1:] = ["AH", *phones[-1:]]
            at += 1
            continue
        for length in range(_LONGEST, 0, -1):
            phone = _PHONES.get(text[at : at + length])
            if phone:
                phones += phone.split()
                at += length
                break
        else:
            at += 1
    # A rhotic vowel includes the consonant that espeak writes after it.
    return " ".join(
        phone
        for index, phone in enumerate(phones)
        if (phone, phones[max(index - 1, 0)]) != ("R", "ER")
    )
