"""The canonical form of texts, in which templates are matched."""

import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction

from marvin.languages.translation import spoken, tr
from marvin.skills import spoken_numbers as numbers
from marvin.skills.text_elsewhere import as_heard_in, canonical_in, to_the_user_in

_SYMBOLS = {
    "\u2019": "'", "²": " squared ", "³": " cubed ", "°": " degrees ", "%": " percent ",
    "√": " square root of ", "+": " plus ", "\u00d7": " times ", "*": " times ",
    "÷": " divided by ", "^": " to the power of ", "\u2212": " minus ", "&": " and ",
}  # fmt: skip

_SPELLED_OUT = str.maketrans({**_SYMBOLS})

_FRACTION_SIGN = re.compile("[\u00bc-\u00be\u2150-\u215e]")
_FRACTION = re.compile(
    r"(?<![\d./,])(?:(\d+)(?:\s+(?:and|&)\s+|\s+|-))?(?<!/)(\d+)\s?/\s?(\d+)(?![\d/])"
)
_ARTICLE = re.compile(r"\s+(?:an?|of|the)\b")
_NO_SHARE = re.compile(r"(?!\s+[a-z])|\s+(?:plus|minus|times|x|divided|over|to the|equals?|is)\b")
"""After a division: `1/2 + 1`, not `1/2 cup`."""
_SHARES = {
    numbers.SHARES[words]: words
    for words in ("a half", "a third", "two thirds", "a quarter", "three quarters")
}

# A sum in brackets takes precedence, and no template has brackets.
_BRACKETS = re.compile(r"[(\[](?=[^()]*\d\s*[-+*/x\u00d7÷^\u2212]\s*[\d(])")

# Between numbers these are arithmetic; elsewhere they are letters and punctuation.
_BETWEEN_NUMBERS = (
    (re.compile(r"(?<!\d)0,(?=\d)"), "0."),
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), ""),
    (re.compile(r"(?<=\d),(?=\d{1,2}(?![\d,]))"), "."),
    (re.compile(r"(?<![\d:])(\d{1,2}):(\d\d):(\d\d)(?![\d:])"), r"\1 hours \2 minutes \3 seconds"),
    (re.compile(r"(?<=\d)\s?'\s?(\d{1,2})(?:\"|''|\u2033|\u201d)?(?!\d)"), r" feet \1 inches "),
    (re.compile(r"(?<=\d)(h|hrs?|m|mins?|s|secs?)(?=\d)"), r" \1 "),
    (re.compile(r"(?<=\d)\s*x\s*(?=\d)"), " times "),
    (re.compile(r"(?<=\d)\s*/\s*(?=\d)"), " divided by "),
    (re.compile(r"(?<=\d)\s+[-\u2013]\s*(?=-?\d)|(?<=\d)[-\u2013](?=\d)"), " minus "),
    (re.compile(r"(?<![\w)])-(?=\.?\d)"), " minus "),
    (re.compile(r"(?<!\d)\.(?=\d)"), " point "),
    (re.compile(r"(?<=\d)(?=[a-z])"), " "),
)

_DECIMAL_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_NOT_A_WORD = re.compile(r"[^\w'\0]+|_|'(?!\w)|(?<!\w)'")

_IS = ("what", "who", "how", "when", "where", "why", "that", "it", "there", "time")
_SAME = {f"{word}'s": f"{word} is" for word in _IS} | {
    "whats": "what is", "i'm": "i am", "you're": "you are", "let's": "let us", "okay": "ok",
    "percents": "percent",
}  # fmt: skip

_PHRASES = (
    (re.compile(r"\bper cent\b"), "percent"),
    (re.compile(r"\ba hour\b"), "an hour"),
    (re.compile(r"\ba (?:couple of|couple)\b"), "two"),
)

_THANKS = tuple(
    f"{thanks}{much}"
    for thanks in ("thanks", "thank you", "cheers")
    for much in ("", " very much", " so much", " a lot")
)
_FILLERS = (
    "um,uh,er,erm,hmm,oh,ok,alright,all right,so,well,now,and,then,just,actually,yes,yeah,sorry,"
    "quickly,maybe,hey"
)
_REQUESTS = (
    "please,can you,could you,would you,will you,can you please,could you please,i want you to,"
    "i need you to,i would like you to,i'd like you to,go ahead and,i want to,i need to,"
    "i would like to,i'd like to,can i,can we,could we,let us,try to,make sure to,make sure you,"
    "don't forget to,would you mind,do you mind"
)
_AFTER = "please,for me,if you can,if you could,if possible,will you,would you,right now,now,ok"
_POLITE = tuple(f"{_FILLERS},{_REQUESTS}".split(","))
_POLITE_AFTER = (*_AFTER.split(","), *_THANKS)
_CALLS = ("hey", "hi", "hello", "ok", "yo")

_TO_SAY = re.compile(r"\b(?:say|saying|write|spell|means?)$")
"""Before polite words that are the subject themselves."""
_AMONG_WORDS = re.compile(r"(?<! say) please (?=.)")


def canonical(text: str) -> str:
    """Lower case, no punctuation, symbols as words, numbers as digits, in the language that is
    spoken."""
    language = spoken()
    return _canonical_english(text) if language is None else canonical_in(language, text)


def _canonical_english(text: str) -> str:
    text = _FRACTION_SIGN.sub(_spelled, text.lower())
    text = _BRACKETS.sub(" bracket ", text)
    text = _FRACTION.sub(_shared, text)
    text = unicodedata.normalize("NFKC", text.translate(_SPELLED_OUT))
    for pattern, words in _BETWEEN_NUMBERS:
        text = pattern.sub(words, text)
    # A full stop is punctuation unless it is between digits.
    text = _DECIMAL_POINT.sub("\0", text)
    text = _NOT_A_WORD.sub(" ", text).replace("\0", ".")
    text = " ".join(_SAME.get(word, word) for word in text.split())
    for pattern, words in _PHRASES:
        text = pattern.sub(words, text)
    return " ".join(numbers.digits(text.split()))


def _spelled(sign: re.Match[str]) -> str:
    return f" {unicodedata.normalize('NFKC', sign[0])} ".replace("\u2044", "/")


def _shared(fraction: re.Match[str]) -> str:
    """`1 1/2 hours` and `1/2 cup` are numbers and shares; `1/2` alone is a division."""
    whole, above, below = fraction[1], int(fraction[2]), int(fraction[3])
    follows = fraction.string[fraction.end() :]
    if not 0 < above < below or not (whole or not _NO_SHARE.match(follows)):
        return fraction[0]
    share = Fraction(above, below)
    joined = fraction.string[: fraction.start()].rstrip().endswith((" and", "&"))
    words = _SHARES.get(share)
    if words and (joined or (not whole and (below == 3 or _ARTICLE.match(follows)))):
        return words if joined else words.replace("a half", "half")
    if words and whole:
        return f"{whole} and {words}"
    exact = 1_000_000 % below == 0
    return f"{float(int(whole or 0) + share):.12g}" if exact else fraction[0]


def without_courtesy(wake_phrase: str) -> Callable[[str], str]:
    """A function that drops the wake word and polite words around a canonical text. A text that
    consists only of polite words is kept: `thank you` gets an answer.
    """
    wake = canonical(wake_phrase)
    language = spoken()
    polite, thanks, among = _POLITE, _POLITE_AFTER, _AMONG_WORDS
    if language is not None:
        polite = tuple(map(canonical, language.words.polite_before))
        thanks = tuple(map(canonical, language.words.polite_after))
        please = "|".join(map(canonical, language.words.polite_among))
        among = re.compile(f" (?:{please}) (?=.)")
    before = sorted((*polite, wake, *(f"{call} {wake}" for call in _CALLS)), key=len, reverse=True)
    starts = tuple(f"{phrase} " for phrase in before if phrase)
    ends = tuple(f" {phrase}" for phrase in (*thanks, wake) if phrase)

    def strip(text: str) -> str:
        text = among.sub(" ", text)
        changed = True
        while changed:
            changed = False
            for start in starts:
                if text.startswith(start):
                    text, changed = text[len(start) :], True
            for end in ends:
                if text.endswith(end) and not _TO_SAY.search(text[: -len(end)]):
                    text, changed = text[: -len(end)], True
        return text

    return strip


_TO_THE_USER = {
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself",
    "i've": "you have", "i'll": "you will", "i'm": "you are",
}  # fmt: skip


def capital(text: str) -> str:
    """As the beginning of a sentence."""
    return f"{text[:1].upper()}{text[1:]}"


def reminder(purpose: str) -> str:
    """What a timer or an alarm says with a purpose: `to call mom`, `that the rent is due`."""
    timely = purpose.startswith(("to ", "for "))
    if timely and spoken() is None:
        return f"It is time {purpose}."
    return tr("I should remind you {purpose}.", purpose=purpose)


def to_the_user(text: str) -> str:
    """`call my mother` as `call your mother`."""
    language = spoken()
    if language is not None:
        return to_the_user_in(language, text)
    words = text.replace("i am", "you are").split()
    return " ".join(_TO_THE_USER.get(word, word) for word in words)


def as_heard(words: str, heard: str) -> str:
    """Canonical words with the capitals, apostrophes and commas of the text that they are from."""
    language = spoken()
    return words if language is None else as_heard_in(language, words, heard)
