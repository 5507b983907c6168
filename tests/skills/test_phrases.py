"""What people say, and what Marvin answers."""

import pytest

from marvin.types import Act, Ask, Say

from .conftest import Clock, Load, Marvin

TIME = [
    "what time is it",
    "What time is it?",
    "what's the time",
    "Hey Marvin, what is the time, please?",
    "can you tell me the time",
    "do you know what time it is",
]
DATE = {
    "what's the date": "Today is Saturday, 21 November 2026.",
    "What is today's date?": "Today is Saturday, 21 November 2026.",
    "what is tomorrow's date": "Tomorrow is Sunday, 22 November 2026.",
    "what's the date tomorrow": "Tomorrow is Sunday, 22 November 2026.",
    "what date was yesterday": "Yesterday was Friday, 20 November 2026.",
    "what day is it": "Today is Saturday.",
    "what day is it today": "Today is Saturday.",
    "what day is tomorrow": "Tomorrow is Sunday.",
    "which day was yesterday": "Yesterday was Friday.",
    "what day is the day after tomorrow": "The day after tomorrow is Monday.",
    "what day of the week is it": "Today is Saturday.",
    "what year is it": "It is 2026.",
    "what month is it": "It is November.",
}
ARITHMETIC = {
    "what is two plus three": "2 plus 3 is 5.",
    "What's 12 \u00d7 12?": "12 times 12 is 144.",
    "What is 12 times 12?": "12 times 12 is 144.",
    "three point five times two": "3.5 times 2 is 7.",
    "what is 3.5 times 2": "3.5 times 2 is 7.",
    "what's point five times three": "0.5 times 3 is 1.5.",
    "how much is ten divided by three": "10 divided by 3 is about 3.333.",
    "what is ten divided by zero": "I cannot divide by zero.",
    "0 / 0": "I cannot divide by zero.",
    "what's 15% of 80": "15 percent of 80 is 12.",
    "what is fifteen per cent of eighty": "15 percent of 80 is 12.",
    "20 percent off 50": "20 percent off 50 is 40.",
    "a fifteen percent tip on forty": "A 15 percent tip on 40 is 6.",
    "square root of sixteen": "The square root of 16 is 4.",
    "what's the square root of 2": "The square root of 2 is about 1.414.",
    "what's the square root of minus four": "That has no result.",
    "what is the cube root of twenty seven": "The cube root of 27 is 3.",
    "what is two to the power of ten": "2 to the power of 10 is 1024.",
    "10 to the power of 1000000000000": "That number is too big for me.",
    "0 to the power of minus 0.9": "That number is too big for me.",
    "what is seven squared": "7 squared is 49.",
    "three cubed": "3 cubed is 27.",
    "half of fifty": "Half of 50 is 25.",
    "what is three quarters of 80": "Three quarters of 80 is 60.",
    "2 + 3 * 4": "2 plus 3 times 4 is 14.",
    "what is ten minus two minus three": "10 minus 2 minus 3 is 5.",
    "what is a hundred and five minus six": "105 minus 6 is 99.",
    "-5 - -3": "Minus 5 minus minus 3 is minus 2.",
    "0.1 plus 0.2": "0.1 plus 0.2 is 0.3.",
    "what does 2 plus 2 equal": "2 plus 2 is 4.",
    "add three and four": "3 plus 4 is 7.",
    "subtract three from ten": "10 minus 3 is 7.",
    "multiply six by seven": "6 times 7 is 42.",
    "divide ten by four": "10 divided by 4 is 2.5.",
    "what is the difference between 10 and 4": "10 minus 4 is 6.",
    "1234567 * 7654321": "1,234,567 times 7,654,321 is 9,449,772,114,007.",
    "1 million divided by 7": "1,000,000 divided by 7 is about 142,857.14.",
}
UNITS = {
    "how many centimetres are in three inches": "3 inches is 7.62 centimetres.",
    "how many centimeters are there in 3 inches": "3 inches is 7.62 centimetres.",
    "convert twenty miles to kilometres": "20 miles is about 32.19 kilometres.",
    "Convert 5km to miles.": "5 kilometres is about 3.107 miles.",
    "what is 70 degrees fahrenheit in celsius": (
        "70 degrees Fahrenheit is about 21.11 degrees Celsius."
    ),
    "What's 70 °F in °C?": "70 degrees Fahrenheit is about 21.11 degrees Celsius.",
    "what's seventy degrees in celsius": "70 degrees Fahrenheit is about 21.11 degrees Celsius.",
    "minus forty celsius in fahrenheit": "Minus 40 degrees Celsius is minus 40 degrees Fahrenheit.",
    "how many cups in a litre": "A litre is about 4.227 cups.",
    "how many ounces in a cup": "A cup is 8 fluid ounces.",
    "how many ounces in a pound": "A pound is 16 ounces.",
    "how many millilitres are in two tablespoons": "2 tablespoons is about 29.57 millilitres.",
    "two and a half pounds in kilograms": "2.5 pounds is about 1.134 kilograms.",
    "how many minutes in half an hour": "Half an hour is 30 minutes.",
    "how many seconds are in a day": "A day is 86,400 seconds.",
    "how many grams in a cup": "I cannot turn cups into grams.",
    "convert three miles to kilograms": "I cannot turn miles into kilograms.",
    "one foot in metres": "1 foot is 0.3048 metres.",
    "60 mph in kilometres per hour": "60 miles per hour is about 96.56 kilometres per hour.",
}
TALK = {
    "stop": "",
    "never mind": "",
    "Cancel.": "",
    "be quiet": "",
    "no thank you": "",
    "hello": "Hello!",
    "Hello, Marvin!": "Hello!",
    "good morning": "Good morning!",
    "thank you": "You are welcome.",
    "Thanks, Marvin.": "You are welcome.",
    "who are you": "I am Marvin, a voice assistant that lives on this machine.",
    "what's your name": "I am Marvin, a voice assistant that lives on this machine.",
    "how are you": "I am well, thank you.",
}
NOT_FOR_SKILLS = [
    "tell me about the french revolution",
    "what is love",
    "what is the capital of france",
    "how long is the great wall of china",
    "how long",
    "who was the second president",
    "turn the page",
    "how many people live in france",
    "what is the meaning of life",
    "stop the war in the middle east",
    "what is five",
    "what day is my birthday",
    "convert dollars to euros",
    "ten minutes",
    "the pasta one",
    "say something",
    "repeat after me",
    "the volume of a sphere",
    "how many timers did napoleon have",
    "what is a minute",
    "five",
    "",
    "   ",
    "?!",
    "🙂",
    "{timer_name}",
    "(a|b) [c] <duration>",
    "\u0665 minutes of \ud7ff",
    "a " * 300,
    "plus " * 300,
]


@pytest.mark.parametrize("text", TIME)
def test_the_time(marvin: Marvin, text: str) -> None:
    assert marvin.says(text) == "It is 3:20 PM."


def test_the_time_in_24_hours(load: Load, clock: Clock) -> None:
    marvin = load(clock="24h")
    assert marvin.says("what time is it") == "It is 15:20."
    clock.pass_(hours=9, minutes=-11)
    assert marvin.says("what time is it") == "It is 00:09."


def test_midnight_and_noon_are_twelve(marvin: Marvin, clock: Clock) -> None:
    clock.now = clock.now.replace(hour=0, minute=5)
    assert marvin.says("what time is it") == "It is 12:05 AM."
    clock.now = clock.now.replace(hour=12, minute=0)
    assert marvin.says("what time is it") == "It is 12:00 PM."


def test_each_phrase_gets_its_answer(marvin: Marvin) -> None:
    table = DATE | ARITHMETIC | UNITS | TALK
    assert {text: marvin.says(text) for text in table} == table


def test_other_phrases_are_left_to_the_language_model(marvin: Marvin) -> None:
    assert {text: marvin.says(text) for text in NOT_FOR_SKILLS} == dict.fromkeys(NOT_FOR_SKILLS)


def test_volume_is_remembered(load: Load) -> None:
    marvin = load(volume=0.5)

    hears = marvin.hears
    assert hears("louder") == [Act(0.6), Say("Volume 60 percent.")]
    assert hears("turn it down") == [Act(0.5), Say("Volume 50 percent.")]
    assert hears("Turn the volume up by 20%.") == [Act(0.7), Say("Volume 70 percent.")]
    assert hears("set the volume to eighty percent") == [Act(0.8), Say("Volume 80 percent.")]
    assert hears("Volume 35") == [Act(0.35), Say("Volume 35 percent.")]
    assert hears("mute") == [Act(0.0)]
    assert hears("unmute") == [Act(0.35), Say("Volume 35 percent.")]
    assert hears("maximum volume") == [Act(1.0), Say("Volume 100 percent.")]
    assert hears("volume up") == [Act(1.0), Say("The volume is already at 100 percent.")]
    assert hears("set the volume to 150 percent") == [Say("The volume goes from 0 to 100 percent.")]
    assert hears("what's the volume") == [Say("The volume is at 100 percent.")]
    assert hears("set the volume to zero") == [Act(0.0)]
    assert hears("louder") == [Act(0.1), Say("Volume 10 percent.")]


def test_unmuting_an_initially_silent_speaker_is_not_loud(load: Load) -> None:
    marvin = load(volume=0.0)
    assert marvin.says("unmute") == "Volume 50 percent."
    marvin.dialogue.reset_volume(0.0)
    assert marvin.says("unmute") == "Volume 50 percent."


def test_repeat_says_what_was_last_spoken(marvin: Marvin) -> None:
    assert marvin.says("repeat that") == "I have not said anything yet."
    marvin.dialogue.last_reply = "Paris is the capital of France."
    assert marvin.says("what did you say") == "Paris is the capital of France."
    assert marvin.says("say that again please") == "Paris is the capital of France."


def test_help_names_examples_that_work(load: Load) -> None:
    marvin = load(
        commands=[{"sentences": ["open [the] {door}"], "say": "ok"}], lists={"door": ["gate"]}
    )
    text = marvin.says("what can you do")
    assert text is not None
    assert text.startswith('You can say, for example: "open the gate"')
    assert text.count('"') == 8
    for examples in marvin.skillset.examples().values():
        for example in examples:
            assert marvin.hears(example) is not None, example


def test_only_the_name_is_asked_about(load: Load) -> None:
    assert load().hears("Marvin?") == [Ask("Yes?")]
    assert load(wake_phrase="Computer").says("Computer, who are you?") == (
        "I am Computer, a voice assistant that lives on this machine."
    )
