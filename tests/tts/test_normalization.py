"""How text is read aloud: numbers, units, dates, money and abbreviations as words."""

import random
import subprocess
import sys

import pytest

from marvin.tts.normalization import normalize
from tests.skills.test_phrases import ARITHMETIC, DATE, UNITS

READ = {
    # Numbers.
    "1,234,567 people and 12.50": "one million two hundred and thirty-four thousand five hundred "
    "and sixty-seven people and twelve point five zero",
    "-5, -0.5 and .5": "minus five, minus zero point five and zero point five",
    "the 21st, 2nd and 1,000th": "the twenty-first, second and one thousandth",
    "5-10 people, 3-2": "five to ten people, three to two",
    "1/2 cup, 3/4, 2 1/2 and 1\u00bd": "one half cup, three quarters, two and a half and "
    "one and a half",
    "7/100 and 1/0, 24/7": "seven over one hundred and one over zero, twenty-four seven",
    "20-30%, 5 %": "twenty to thirty percent, five percent",
    "007, 5551234567": "zero zero seven, five five five one two three four five six seven",
    "+44 20 7946": "plus four four, two zero, seven nine four six",
    "555-1234 or (555) 123-4567": "five five five, one two three four or "
    "five five five, one two three, four five six seven",
    "1.2.3, Python 3.11": "one point two point three, Python three point eleven",
    "10.0.0.1": "one zero dot zero dot zero dot one",
    "A4, MP3, 5G, H2O": "A four, MP three, five G, H two O",
    "\u0663\u0664 and \u2460": "thirty-four and one",
    # Years.
    "in 1984, since 1066, It is 2026.": "in nineteen eighty-four, since ten sixty-six, It is "
    "twenty twenty-six.",
    "1984-1990, the 1990s and the '90s": "nineteen eighty-four to nineteen ninety, the nineteen "
    "nineties and the nineties",
    "2 to the power of 11 is 2048.": "two to the power of eleven is two thousand and forty-eight.",
    # Times and dates.
    "10:30, 14:05, 10:00, 00:00": "ten thirty, fourteen oh five, ten o'clock, midnight",
    "It is 10:42 am.": "It is ten forty-two A M.",
    "7 pm, 7:05 PM, 5 a.m. today, 6 p.m.": "seven P M, seven oh five P M, five A M today, six P M.",
    "2026-11-21 and 21/11/2026": "November twenty-first, twenty twenty-six and November "
    "twenty-first, twenty twenty-six",
    "on 5/6/2026": "on five six twenty twenty-six",
    "Nov 21, Nov. 21, 2026, May 5": "November twenty-first, November twenty-first, twenty "
    "twenty-six, May fifth",
    "Today is Saturday, 21 November 2026.": "Today is Saturday, the twenty-first of November "
    "twenty twenty-six.",
    # Money.
    "$5.20, $1, $0.99, -$5": "five dollars and twenty cents, one dollar, ninety-nine cents, "
    "minus five dollars",
    "€1,000, £3m, 5 USD, 5€": "one thousand euros, three million pounds, five US "
    "dollars, five euros",
    "$1.5 million, $5-10, $5/month": "one point five million dollars, five to ten dollars, "
    "five dollars per month",
    # Units.
    "5 km/h, 1 kg, 1.5 kg, 5kg": "five kilometres per hour, one kilogram, one point five "
    "kilograms, five kilograms",
    "20 °C, -3 °F, 90°": "twenty degrees Celsius, minus three degrees Fahrenheit, ninety degrees",
    "3 GB, 60 Hz, 12 V, 100 m²": "three gigabytes, sixty hertz, twelve volts, one hundred square "
    "metres",
    "2-3 km, 3 MB/s, 5'10\"": "two to three kilometres, three megabytes per second, five foot ten",
    "3 in a row, 5 A students": "three in a row, five A students",
    # Abbreviations, addresses and signs.
    "Dr. Who vs. Mr. X, e.g. this, i.e. that, etc.": "Doctor Who versus Mister X, for example "
    "this, that is that, et cetera.",
    "St. John, Main St.": "Saint John, Main Street.",
    "No. 5, approx. 6, #7": "Number five, approximately six, number seven",
    "Rock & roll, 2 + 2 = 4, 5 - 3 = 2": "Rock and roll, two plus two equals four, five minus "
    "three equals two",
    "a tip (\u2248 $2)": "a tip (about two dollars)",
    "3*4, 2 < 3, x², ~5, C#, C++": "three times four, two is less than three, x squared, about "
    "five, C sharp, C plus plus",
    "me_2@a.org, node.js": "me underscore two at a dot org, node dot js",
    "the U.S. and NASA": "the U.S. and NASA",
}

PLAIN = [
    "You have no timers.",
    "Well, it's a semi-plain sentence \u2013 isn't it? (Yes…) \"Quite!\"",
    "Ça va, naïve Zoë; ja, schön: 今日は。",
    "Good morning! How are you?",
    "",
    "   ",
]


@pytest.mark.parametrize("text", READ)
def test_writing_becomes_words(text: str) -> None:
    assert normalize(text) == READ[text]
    assert normalize(READ[text]) == READ[text]


@pytest.mark.parametrize("text", PLAIN)
def test_plain_sentences_stay_as_they_are(text: str) -> None:
    assert normalize(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *ARITHMETIC.values(),
        *DATE.values(),
        *UNITS.values(),
        "It is 10:42 AM.",
        "It is 00:05.",
        "Pasta timer set for 10 minutes.",
        "Your 1 hour 30 minute timer has 1 hour and 2 seconds left.",
        "Volume 50 percent.",
        "About 1.23 times 10 to the power of minus 7.",
    ],
)
def test_what_skills_say_becomes_words_and_stays_words(text: str) -> None:
    words = normalize(text)
    assert not any(char.isdigit() for char in words)
    assert normalize(words) == words


def test_no_text_raises_and_no_digit_is_left() -> None:
    dice = random.Random(7)
    parts = [*"0123456789 .,:;-/+%$€°²³'\"()#&@=<>*_~^|\\", "am", " p.m.", "km", "Nov ", "Dr. "]
    parts += ["1/2", "2026", "st", "\u0663", "\U0001d7d7", "⁵", "₂", "①", "\ud800", "😀", "9" * 20]
    for _ in range(2000):
        text = "".join(dice.choices(parts, k=dice.randint(0, 25))) + chr(dice.randrange(0x110000))
        assert not any(map(str.isdecimal, normalize(text))), text
    for part in (
        "9" * 400,
        "1,234" * 99,
        "1." * 400,
        "(" * 999,
        "a@" * 400,
        "1/" * 400,
        "0-" * 400,
    ):
        assert not any(map(str.isdecimal, normalize(part)))


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("de", "3,5 km, 1.234 Leute, 14:30", "drei Komma fünf km, eintausendzweihundertvierund"
         "dreißig Leute, vierzehn:dreißig"),
        ("fr-FR", "J'ai 21 ans.", "J'ai vingt et un ans."),
        ("pt_BR", "16", "dezesseis"),
        ("es", "1.000.000", "un millón"),
        ("kk", "42", "қырық екі"),
        ("ja", "42", "四十二"),
        ("de", "Dr. A & B", "Dr. A & B"),
        ("en-GB", "21", "twenty-one"),
        ("xx", "21 km", "21 km"),
        ("am", "5000000000", "5000000000"),
        ("", "21", "21"),
    ],
)  # fmt: skip
def test_in_other_languages_numbers_are_read(language: str, text: str, words: str) -> None:
    assert normalize(text, language) == words


def test_every_language_reads_every_number() -> None:
    dice = random.Random(1)
    languages = "ar az be bn ca cs cy da de eo es fa fi fr he hu id is it ja kk kn ko lt lv nb nl"
    languages += " no pl pt ro ru sk sl sr sv te th tr uk vi"
    for language in languages.split():
        for size in (*range(1, 14), 400):
            number = str(dice.randrange(10**size))
            for text in (number, f"{number}.{number[:2]}", f"{number},{number[:4]}", f"a{number}b"):
                assert not any(map(str.isdecimal, normalize(text, language)))


def test_num2words_is_only_loaded_for_a_number() -> None:
    code = (
        "import sys; from marvin.tts.normalization import normalize; normalize('No number.');"
        "assert 'num2words' not in sys.modules; normalize('1'); assert 'num2words' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=300)
    assert done.returncode == 0
