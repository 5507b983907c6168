"""Normalising text for speech: numbers, units, dates, money and abbreviations become words."""

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
    "404 errors, a Boeing 747-8": "four zero four errors, a Boeing seven four seven, eight",
    "Call 1-800-FLOWERS.": "Call one, eight zero zero FLOWERS.",
    "account 12345678": "account one two three four five six seven eight",
    "Text STOP to 12345.": "Text STOP to one two three four five.",
    "US $5, $-5": "five US dollars, minus five dollars",
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
    # Ranges.
    "20°-25°, 10°C-15°C, 5kg-10kg": "twenty degrees to twenty-five degrees, ten degrees Celsius to "
    "fifteen degrees Celsius, five kilograms to ten kilograms",
    "-10°C--5°C, 5'-6', 3-4x": "minus ten degrees Celsius to minus five degrees Celsius, five feet "
    "to six feet, three to four times",
    "€5\u2013€10, $1.5\u20132 million, $5k-10k": "five euros to ten euros, one point five to two "
    "million dollars, five to ten thousand dollars",
    "9am-5pm, 9-11am, 10:00-11:30, noon-5 p.m.": "nine A M to five P M, nine to eleven A M, ten "
    "o'clock to eleven thirty, noon to five P M.",
    "the 1980s-1990s, the 60s-70s, 1st-3rd": "the nineteen eighties to nineteen nineties, the "
    "sixties to seventies, first to third",
    "Mon-Fri, Sat & Sun 10-4, Tue/Thu": "Monday to Friday, Saturday and Sunday ten to four, "
    "Tuesday Thursday",
    "Jan-Mar, June 3\u20135, 5-10 May, 5 May-10 June": "January to March, June third to fifth, the "
    "fifth to the tenth of May, the fifth of May to the tenth of June",
    "1/2-3/4 cup, Python 3.11-3.14": "one half to three quarters cup, Python three point eleven to "
    "three point fourteen",
    "5-3=2": "five minus three equals two",
    "a = 5 - 3, 100-37=63": "a equals five minus three, one hundred minus thirty-seven equals "
    "sixty-three",
    "7\u22122, what is -2": "seven minus two, what is minus two",
    "Sun-dried tomatoes, a 10-year-old, F-16": "Sun-dried tomatoes, a ten-year-old, F-sixteen",
    # Hyphenated dates, in machine formats and with two-digit years.
    "12-25-2024, 25.12.2024, 2024/12/25": "December twenty-fifth, twenty twenty-four, December "
    "twenty-fifth, twenty twenty-four, December twenty-fifth, twenty twenty-four",
    "12/25/24, 2024-12-25T14:30:00Z": "December twenty-fifth, twenty twenty-four, December "
    "twenty-fifth, twenty twenty-four at fourteen thirty UTC",
    "13/13/2024 and 2024-13-45": "thirteen thirteen two thousand and twenty-four and two zero two "
    "four, one three, four five",
    "Sat, Dec 25, on Tue": "Saturday, December twenty-fifth, on Tuesday",
    # Minutes, millions, metres; decades and seconds; powers of units.
    "3h 20m 10s, 2h30m, 1h30, 1d 4h": "three hours twenty minutes ten seconds, two hours thirty "
    "minutes, one hour thirty minutes, one day four hours",
    "5m ago, in 20m, in 200m": "five minutes ago, in twenty minutes, in two hundred metres",
    "In 50m, turn left.": "In fifty metres, turn left.",
    "2m views, 1.5m followers, 10k users, 5m long": "two million views, one point five million "
    "followers, ten thousand users, five metres long",
    "90s music, my 20s, a 30s timer, 30s": "nineties music, my twenties, a thirty second timer, "
    "thirty seconds",
    "25 m/s², 9.81 m/s^2, 10 m s⁻², 5 W/m²": "twenty-five metres per second squared, nine point "
    "eight one metres per second squared, ten metres per second squared, five watts per square "
    "metre",
    '5 ft 10 in, 12" pizza, 1 tsp, 3 fl oz': "five feet ten inches, twelve inch pizza, one "
    "teaspoon, three fluid ounces",
    "350F, 22C today, seat 22C": "three hundred and fifty degrees Fahrenheit, twenty-two degrees "
    "Celsius today, seat twenty-two C",
    "40°26′46″N, 51.5° N": "forty degrees twenty-six minutes forty-six seconds north, fifty-one "  # noqa: RUF001
    "point five degrees north",
    "3 L/100 km, a $5 bill, a 90° turn": "three litres per one hundred kilometres, a five dollar "
    "bill, a ninety degree turn",
    "1920x1080, 10x faster, 0x1F": "one thousand nine hundred and twenty by one thousand and "
    "eighty, ten times faster, zero x one F",
    # Digits in groups of three.
    "$1 234, 5\u202f000 metres, €2 000, 12 500 km": "one thousand two hundred and thirty-four "
    "dollars, five thousand metres, two thousand euros, twelve thousand five hundred kilometres",
    "1_000_000, 1'000, 1.000.000, 1,00,000": "one million, one thousand, one million, one hundred "
    "thousand",
    "€1.234,50, 27,50 €, 12 345,67 €, 1,5 km": "one thousand two hundred and thirty-four euros and "
    "fifty cents, twenty-seven euros and fifty cents, twelve thousand three hundred and forty-five "
    "euros and sixty-seven cents, one point five kilometres",
    "100 200 300, 1,2,3": "one hundred two hundred three hundred, one, two, three",
    # Numbers that are not quantities.
    "13 12 14": "thirteen twelve fourteen",
    "12-34-56 12345678": "one two, three four, five six, one two three four five six seven eight",
    "a 30-60-90 triangle": "a thirty sixty ninety triangle",
    "Dial 911 or 999.": "Dial nine one one or nine nine nine.",
    "Call 112 now, call 12 friends, 9-1-1": "Call one one two now, call twelve friends, nine, one, "
    "one",
    "112 is the emergency number": "one one two is the emergency number",
    "999 people": "nine hundred and ninety-nine people",
    "your code is 482913, PIN 0042": "your code is four eight two nine one three, PIN zero zero "
    "four two",
    "error 404, code 12, a card ending in 4242": "error four zero four, code twelve, a card ending "
    "in four two four two",
    "1-800-555-1234, 4111 1111 1111 1111": "one, eight zero zero, five five five, one two three "
    "four, four one one one, one one one one, one one one one, one one one one",
    "100-2000 Hz": "one hundred to two thousand hertz",
    "192.168.1.1:8080, localhost:80, 10.0.0.0/8": "one nine two dot one six eight dot one dot one "
    "port eight zero eight zero, localhost port eight zero, one zero dot zero dot zero dot zero "
    "slash eight",
    "fe80::1, example.com/help.": "F E eight zero colon colon one, example dot com slash help.",
    # Years, and numbers that only look like one.
    "1999 dollars, 1950 steps, 2023 euros, 2024 grams": "one thousand nine hundred and ninety-nine "
    "dollars, one thousand nine hundred and fifty steps, two thousand and twenty-three euros, two "
    "thousand and twenty-four grams",
    "1984 metres long, 1999 red cars, 2050 watts": "one thousand nine hundred and eighty-four "
    "metres long, one thousand nine hundred and ninety-nine red cars, two thousand and fifty watts",
    "1999 was good. The 2024 elections": "nineteen ninety-nine was good. The twenty twenty-four "
    "elections",
    "In 1999 dollars were worth more.": "In nineteen ninety-nine dollars were worth more.",
    "World War I ended in 1918.": "World War one ended in nineteen eighteen.",
    "the 2024/25 season": "the twenty twenty-four twenty-five season",
    # Roman numerals.
    "Act Ⅳ, Scene Ⅸ.": "Act four, Scene nine.",
    "World War II, Chapter IV, Vol. III, WWII": "World War two, Chapter four, Volume three, World "
    "War two",
    "Henry VIII, Elizabeth II's reign, Rocky IV": "Henry the eighth, Elizabeth the second's reign, "
    "Rocky four",
    "the XIX century, Chapters I-III": "the nineteenth century, Chapters one to three",
    "Part I like, Malcolm X, vitamin C, a CD, I": "Part I like, Malcolm X, vitamin C, a CD, I",
    # Abbreviations, addresses and symbols.
    "Mr. and Mrs. Jones, Dr. and Ms. Lee": "Mister and Missus Jones, Doctor and Miz Lee",
    "Acme Inc., John Smith Jr. is here": "Acme Incorporated, John Smith Junior is here",
    "UTC-5, GMT+5:30, 50/50, rated 9/10": "UTC minus five, GMT plus five thirty, fifty fifty, "
    "rated nine out of ten",
    "72 bpm, the 70s, 80s and 90s, x² + 2x - 3 = 0": "seventy-two beats per minute, the seventies, "
    "eighties and nineties, x squared plus two x minus three equals zero",
    "5.97×10²⁴ kg, CHF 20.\u2013": "five point nine seven times ten to the power of twenty-four "  # noqa: RUF001
    "kilograms, twenty Swiss francs",
    "10⁻³, Ca²⁺, H₂O, 2π": "ten to the power of minus three, Ca two plus, H two O, two pi",
    "<5 and 4 < 5": "less than five and four is less than five",
    "Dr. Who vs. Mr. X, e.g. this, i.e. that, etc.": "Doctor Who versus Mister X, for example "
    "this, that is that, et cetera.",
    "St. John, Main St.": "Saint John, Main Street.",
    "No. 5, approx. 6, #7": "Number five, approximately six, number seven",
    "Rock & roll, 2 + 2 = 4, 5 - 3 = 2": "Rock and roll, two plus two equals four, five minus "
    "three equals two",
    "a tip (\u2248 $2)": "a tip (about two dollars)",
    "5 x 3 = 15, 7x8=56": "five times three equals fifteen, seven times eight equals fifty-six",
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
def test_written_forms_become_words(text: str) -> None:
    assert normalize(text) == READ[text]
    assert normalize(READ[text]) == READ[text]


@pytest.mark.parametrize("text", PLAIN)
def test_plain_sentences_are_unchanged(text: str) -> None:
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
def test_skill_replies_become_words_and_stay_words(text: str) -> None:
    words = normalize(text)
    assert not any(char.isdigit() for char in words)
    assert normalize(words) == words


def test_no_text_raises_and_no_digit_is_left() -> None:
    dice = random.Random(7)
    parts = [*"0123456789 .,:;-/+%$€°²³'\"()#&@=<>*_~^|\\", "am", " p.m.", "km", "Nov ", "Dr. "]
    parts += [
        "m",
        "s",
        "h",
        "x",
        "0s ",
        "Mon-",
        "Ⅳ",
        "II ",
        "\u2212",
        "⁻",
        "call ",
        "::",
        "http://a.b",
    ]
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
        "1'000" * 400,
        "$1-" * 400,
        "1h" * 400,
        "911 or " * 400,
        "1.1.1.1" * 400,
        "00:" * 400,
    ):
        assert not any(map(str.isdecimal, normalize(part)))


def test_num2words_is_only_loaded_for_a_number() -> None:
    code = (
        "import sys; from marvin.tts.normalization import normalize; normalize('No number.');"
        "assert 'num2words' not in sys.modules; normalize('1'); assert 'num2words' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=300)
    assert done.returncode == 0
