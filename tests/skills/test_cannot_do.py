"""Requests that no skill can fulfil are declined by name; questions go to a language model."""

from itertools import product

import pytest

from .conftest import Load, Marvin

WHY = "I have no skill for it, but you can add a command."
NO_ALARMS = 'I did not understand what to do about alarms: say "set an alarm for seven".'
INSTEAD = "A timer has a length and no time of day. How long should it be?"
NAMED = {
    "turn on the kitchen light": f"I cannot turn on the kitchen light: {WHY}",
    "Marvin, turn the living room lamp off.": f"I cannot turn the living room lamp off: {WHY}",
    "lights off": f"I cannot turn the lights off: {WHY}",
    "Would you mind turning off the light?": f"I cannot turn off the light: {WHY}",
    "text Anna that I am on my way": f"I cannot text anna that you are on your way: {WHY}",
    "tell me a joke and turn on the light": f"I cannot turn on the light: {WHY}",
    "play some music": f"I cannot play music: {WHY}",
    "read my emails": "I cannot look up your emails. You can add a command for it.",
    "what's the weather like today": "I cannot look up the weather. You can add a command for it.",
    "set the house alarm": NO_ALARMS,
    "set two alarms for tomorrow": NO_ALARMS,
    "set a timer for 7 pm": INSTEAD,
    "set a timer for half past seven": INSTEAD,
    "set a timer for 7:30": (f"I cannot tell whether that is a length or a time of day. {INSTEAD}"),
    "set a timer for the moon": (
        'I did not understand "for the moon". How long should the timer be?'
    ),
    "set a timer for 5 to 10 minutes": (
        'I did not understand "for 5 to 10 minutes". How long should the timer be?'
    ),
    "set a timer for 10": "10 seconds, minutes or hours?",
    "remind me when I get home to feed the cat": (
        'I can remind you at a time: say "remind me at five to call mom".'
    ),
    "rename the timer to pasta": (
        'I did not understand what to do about timers: say "set a timer for ten minutes".'
    ),
}

TO_DO = """
cancel my 7 o'clock alarm | wake me at sunrise | please set an alarm | turn on the fan in the
bedroom | Turn on the lights in the living room and the kitchen. | turn down the heat | switch the
radio on | turn my computer off | can you switch on the coffee machine please | make the lights
blue | change the light color to red | set the lights to 50 percent | set bedroom light brightness
to 20% | close the curtains in the bedroom | shut the door | start the dishwasher | stop the music
| stop the vacuum | resume the podcast | play the news | play my workout playlist on spotify |
play something relaxing | I want to listen to some jazz | listen to radio 4 | put on some music |
turn up the music | next track please | call dad on his mobile | dial 555 1234 | ring the office |
text my husband I'm running late | send mum a text saying happy birthday | message Sarah I'm on my
way | email the report to Tom | reply to the last message | read me my latest email | read out my
notifications | book me a flight to Berlin tomorrow | book a taxi for 6 pm | make a reservation at
the Italian place for two | reserve a table at Luigi's | order more coffee from amazon | buy two
tickets for the concert | what's on my shopping list | what is on my calendar | add a meeting to
my calendar at 3 | schedule a dentist appointment for Friday | delete the appointment | cancel my
flight | find my keys | take a picture | take a selfie | start a stopwatch | start recording |
write this down | make a note to buy milk | remind me when I get home to feed the cat | remind me
in the evening to call Bob | remind me about the meeting | set a timer for ten o'clock | set a
timer for five | set a timer for a while | set a timer for ten minuets | set timer for 5 bananas |
set a timer for between 5 and 10 minutes | start the timer for the thing | cancel the laundry
alarm | snooze for ten minutes | open spotify | open netflix on the tv | launch the browser |
search the web for pizza places | look up the weather on the internet | navigate home | give me
directions to the airport | get me an uber to work | lock all the doors | unlock the back door |
arm the alarm | set the house alarm | turn the volume of the tv down | turn the tv volume up |
mute the television | record the game tonight | increase the temperature by two degrees | lower
the temperature | make it cooler | warm up the car | start my car | feed the fish | vacuum the
living room | clean the kitchen | pay my rent | transfer money to my savings account | donate 10
dollars to charity | print my boarding pass | restart the computer | shut down the laptop | update
the software | install the app | connect to the wifi | pair my headphones | enable do not disturb
| activate movie mode | turn on bluetooth | post a tweet saying hello | share my location with Tom
| turn the bedroom lamp on | please switch off all the lights | could you turn on my electric
blanket | kill the lights | lower the blinds in the office | set the heating to 19 | increase the
brightness | turn it up to 25 degrees | open the front door | lock up the house | start the robot
vacuum | play the Beatles | play my favourite playlist | shuffle my music | stop playing music |
go to the next song | add this song to my playlist | call the doctor | ring grandma | make a video
call to Lisa | text my brother | send Julia a message | send flowers to my wife | email Peter
about the meeting | forward this email to Karl | book me a hotel in Paris | reserve two seats for
tonight | order sushi for dinner | buy me a new phone | remove milk from my shopping list | create
a new note | put dentist on my calendar for Monday | cancel my dentist appointment | delete my
last message | check my bank balance | read the news | what are the headlines | set two alarms for
tomorrow | cancel all alarms | wake me up in the morning | remind me on Sunday to water the plants
| set a timer for the pasta to be al dente | find my car keys | navigate to work | get me
directions home | take a screenshot | record a memo | save this for later | restart yourself |
update your software | connect to my speaker | mute my microphone | pay the parking ticket | water
the garden | feed the cat | let the dog out | wash the car
"""
TO_TALK = """
how do I cancel a subscription on amazon | why can't you turn on the light | what would you play
if you were a DJ | is it bad to leave the lights on | can you explain how alarms work | what's the
difference between a timer and an alarm | who invented the alarm clock | how do light switches
work | tell me something interesting about lamps | tell me a bedtime story | tell me a fact about
space | give me a synonym for happy | give me some advice | write a haiku about rain | write a
song about turning off the lights | write me a letter to my landlord | draft an email to my boss |
compose a message for my wife | translate open the door into spanish | how do you say close the
window in french | what does call me maybe mean | play rock paper scissors | let's play a word
game | play a riddle game | play the role of a teacher | sing happy birthday | tell me how to book
a flight | how can I send a parcel abroad | should I call a doctor | when should I water my plants
| where can I buy good bread | what can I cook with eggs | make a rhyme with cat | make me a poem
| make up a riddle | make a sentence with the word lock | create a story about a robot | create a
slogan for my bakery | add humour to that story | put the words in alphabetical order | turn that
into a haiku | set up a joke | start again with a different story | start counting from one | stop
talking like that | continue | can you sing | can you dance | can you play chess | do you have a
phone | do you know any songs | what music do you like | what is the lightest element | what is
bluetooth | what does it take to open a restaurant | what happened to the titanic | how many calls
does a call center get | how far is the moon | how tall is mount everest | read me a fairy tale |
show me how to solve this | change the subject | call it a day | remind me what we talked about |
remind me of the rules of chess | remind me who the president is | what was I saying | do you
remember my name | my name is Anna | I live in Berlin | I am going to call my mother later | I
turned off the oven already | my alarm did not ring this morning | the door is open | the music is
too loud | I forgot to buy milk | I bought a new lamp | I want to know how a radio works | I would
like to know more about cars | I need a name for my dog | I need help with my homework | let's
talk about films | let me tell you about my day | explain photosynthesis | explain the rules of
football | describe a sunset | define serendipity | who wrote romeo and juliet |
is pluto a planet | are bananas berries | does a cat have nine lives | thanks for the light
reading | that was a good book | nice one | give me three book recommendations | recommend a
recipe with chicken | suggest a gift for my wife | convince me to exercise | motivate me | cheer
me up | ask me a question | quiz me on history | test my knowledge of france | guess a number |
count backwards from ten | what day
does summer start | send me a joke | order of the planets | name the seven dwarfs | why do cats
purr | how does a thermostat work | what's a good song to play at a wedding | can you explain what
a playlist is | which doctor should I call about back pain | what should I text my ex | how do I
lock my screen | do you think I should buy a car | when did the beatles play their last concert |
tell me a fun fact about robots | tell me who painted the mona lisa | write a short message for a
birthday card | write a shopping list for a barbecue | make me a packing list for Rome | make a
joke about programmers | give me ideas for dinner | give me a summary of hamlet | list the planets
in order | name a song by queen | recite a poem | read me a poem by Goethe | sing me to sleep |
play along with me | let's play hangman | play a trick on me | start over | start from the
beginning | stop it that tickles | go on with the story | pretend to be my teacher | call yourself
Jarvis | call that a joke | add two sentences to the poem | remove the rhyme from the second line
| put that in other words | turn the story into a poem | change the ending of the story | set the
mood with a spooky tale | open with a quote | close with a pun | check whether this is grammatical
| show me how to fold a napkin | order the numbers from small to large | book of genesis summary |
text of the first amendment | phone etiquette tips | email etiquette tips | light years explained
| radio was invented by whom | music theory basics | cars are expensive | the lights went out last
night | my car broke down | I just called my mother | I want to cook something new | I need to
sleep more | I would like to learn the piano | help me write a poem | help me decide what to eat |
could you summarize the news of 1969
"""


def sentences(text: str) -> list[str]:
    return [" ".join(one.split()) for one in text.split("|")]


@pytest.mark.parametrize("text", NAMED)
def test_refusal_names_the_request(marvin: Marvin, text: str) -> None:
    assert marvin.says(text) == NAMED[text]


def test_impossible_request_is_declined(marvin: Marvin) -> None:
    said = {}
    for text in sentences(TO_DO):
        said[text] = marvin.says(text)
        marvin.says("never mind")
    assert [text for text, reply in said.items() if not reply] == []
    assert marvin.skillset.agenda.timers.all() == ()
    assert marvin.skillset.agenda.alarms.all() == ()
    assert marvin.skillset.agenda.lists.names() == []


def test_topic_of_conversation_is_not_declined(marvin: Marvin) -> None:
    talk = sentences(TO_TALK)
    assert {text: marvin.says(text) for text in talk} == dict.fromkeys(talk)
    assert [text for text in talk if marvin.understands(text)] == []


@pytest.mark.parametrize("text", ["turn on the kitchen light", "play music", "buy milk"])
def test_spelling_of_a_recogniser_is_declined_too(marvin: Marvin, text: str) -> None:
    for before, after in product(
        ("", "Marvin, ", "Hey Marvin, could you "), (".", " please.", "!")
    ):
        reply = marvin.says(f"{before}{text}{after}")
        assert reply == f"I cannot {text}: {WHY}"


def test_user_s_own_command_takes_precedence(load: Load) -> None:
    marvin = load(commands=[{"sentences": ["turn on the kitchen light"], "say": "On."}])
    assert marvin.says("Turn on the kitchen light, please.") == "On."
    assert marvin.says("turn on the hall light") == f"I cannot turn on the hall light: {WHY}"


def test_refusal_waits_for_more_speech(marvin: Marvin) -> None:
    for text in ("turn on the", "set a timer for ten", "remind me to call", "play some"):
        understood = marvin.understands(text)
        assert understood is not None
        assert not understood.certain


def test_timers_are_declined_if_disabled(load: Load) -> None:
    marvin = load(disabled=["timers", "alarms"])
    assert marvin.says("set a timer for five minutes") == "I have no timers."
    assert marvin.says("set an alarm for seven") == "I have no alarms."
    assert marvin.says("remind me in five minutes") == "I cannot remind you."
