"""What nothing here can do or know is declined, by kind; its neighbours are questions."""

import pytest

from .conftest import Marvin
from .test_cannot_do import WHY, sentences

DECLINED = """
what's the temperature | what is the temperature in Paris | what is the humidity | what is the
outdoor humidity | how high is the temperature today | what is the indoor temperature | what's the
room temperature | what is the temperature inside | what is the air quality | what is the wind
speed | it is too dark in here | it's too cold in here | it's freezing in here | it is so hot in
here | I would like to hear some Mozart | I'd like to hear some jazz | I want to hear the news |
can I hear
some music | some music please | music please | lights please | let my wife know that I will be
late | let Tom know I'm running late | tell my wife I'm on my way | inform my boss that I am sick
| could we have the heating a bit higher | can we have the lights on | could you make it warmer |
could you make it a bit brighter | is the front door locked | is the garage door open | are the
lights on | are the lights off in the kitchen | is the oven on | did I leave the oven on | did I
lock the door | have I locked the front door | who is at the door | who just rang the doorbell |
is anyone at the door | is anybody home | how is the traffic on my way to work | how's the traffic
| is there a traffic jam | what's the traffic like | did anybody call while I was out | did anyone
call | has anyone called | who called me | do I have any messages | do I have new mail | any new
messages | any emails | who texted me | what did I ask you yesterday | tell me the latest news |
what's happening in the world | what's in the news | what's new in the world | what is the
temperature outside | how warm is it outside | how cold is it outside | is it raining | is it
raining outside | will it rain tomorrow | do I need an umbrella | do I need an umbrella today | is
it going to rain | is it going to snow this weekend | what's the forecast | weather forecast |
weather in Berlin | how's the weather | what will the weather be like on Sunday | is it cold
outside | how hot will it be tomorrow | what's the temperature in the living room | how warm is it
in the bedroom | where is my phone | where are my keys | when is my next appointment | when is my
next meeting | what's my next meeting | what do I have planned today | what is on my schedule |
what's on TV tonight | what's on TV | what song is this | what song is playing | who sings this |
what's playing | how much is a bitcoin | what's the stock price of Apple | what's the score | who
won the game last night | did Bayern win | when does the next bus leave | when is my train |
when's the next train to Munich | is my flight on time | how long does it take to get to work |
how far is it to the airport from here | where is the nearest pharmacy | find a restaurant near me
| find me a good pizza place nearby | are there any restaurants nearby | is the supermarket open |
when does the supermarket close | what's my battery level | how much battery do I have left | turn
everything off | everything off | all lights off | dim the lights | make it darker | put the
kettle on | put the heating on | put the tv on | switch off | heating on | heating to twenty one |
set the temperature to 21 degrees | set the living room to 20 degrees | raise the blinds | roll
down the shutters | pull the curtains | draw the curtains | lock up | let me know when the washing
machine is done | notify me when Anna comes home | order me a pizza | I need a taxi | I need an
uber | get me a cab | call a cab | call an ambulance | call 911 | call the police | phone my dad |
ring my sister | facetime grandma | start a call with Bob | hang up | answer the phone | pick up
the phone | skip this song | next song | play my voicemail | show me the front door camera | show
me pictures of my dog | show me the weather | open the window | please close the blinds | would
you close the blinds | could you please turn on the kitchen lights for me | I want you to turn on
the lights | I need you to call my mother | can you order a pizza for me | go ahead and order it |
buy it | send it | call her | call him back | text her back | turn them off | switch it on | turn
the lights on in ten minutes | turn off the lights when I leave | open the door at eight |
remember that my birthday is in May | make a shopping list | start a shopping list | add that to
my calendar | clear my calendar | run the dishwasher | water the plants | feed the dog | vacuum |
clean the house | make coffee | make me a coffee | brew some coffee | bring me a beer | set the
alarm | arm the security system | turn on airplane mode | take a note | read my messages | read
the news to me | read me the headlines | look up my flight | check my email | check the mail |
check the door | search for pizza | search the internet for cats | google cats | open youtube |
play a movie | watch a film | record this | unmute | pause | resume | play | louder music | stop
the robot
"""
ANSWERED = """
how do I turn on the lights in a Tesla | who invented the light switch | why do lights flicker |
how do I close the blinds without a cord | how do I call my mother in law politely | what does
jazz sound like | who invented jazz | play a word game with me | how do you order a pizza in
Italian | how do I write an email to a professor | write an email to my teacher | what is an email
| why does the door squeak | how do locks work | how do I unlock an iPhone | what's the best
temperature for a living room | what temperature should the bedroom be | what temperature does
water boil at | how warm is the sun | how cold is it on Mars | how cold is it in Antarctica in
winter | how hot is the surface of Venus | why is it cold in winter | is it cold on the moon |
what causes rain | why does it rain | what is a forecast | how do weather forecasts work | is the
earth round | are cats smarter than dogs | are the stars suns | are the lights in the sky planets
| is the door in Alice in Wonderland magic | who sings Yesterday | who wrote the song Imagine |
who won the world cup in 1966 | who won the second world war | did Germany win the world cup in
2014 | how far is the moon | how far is it from London to Paris | where is Paris | where is the
Great Wall | where are the Alps | when does summer start | when does the sun explode | what is a
bitcoin | how much is a penny worth | what is the traffic light for | why is there a traffic jam
without a reason | what's a doorbell | who lives in the White House | who called America America |
who was the first to call it electricity | who rang the bell in Notre Dame | what did Anna
Karenina do | what did Einstein say about time | what did the Romans eat | tell me about the news
in the middle ages | tell me about heating | tell me about jazz | what is on the moon | what's in
a burger | what is in the sea | do I need a visa for Japan | do I need to rinse rice | should I
bring an umbrella to a picnic | is it going to hurt | is it going to be ok | is it raining on
Venus | will it rain frogs in the Bible | will humans live on Mars | I am cold hearted | I am
tired | I am sad | I am bored | I am hungry | I feel lonely | it is my birthday | it is too hard |
it is too late now | it's dark outside at night why | let me think | let us talk about cars | let
it go | let me know more about Mozart | I'd
like to hear a story | I want to hear a poem | could I have a recipe for
pancakes | can I have a cat | could we have a party game | could we be friends | I need advice | I
need a recipe | I need you to explain gravity | tell my fortune |
tell me who Mozart was | did I tell you my name | did I say that | did anyone climb Everest before
Hillary | did anybody survive the Titanic | has anyone walked on Mars | has anyone been to the
Mariana trench | have I got a chance | is anyone perfect | is anybody out there in space | is the
oven invented by the Romans | is the window tax real | is the car a good invention | are doors
older than windows | are the curtains in fashion | how does an oven work | how do I clean an oven
| how long does it take to boil an egg | how long does it take to get to the moon | how far is the
sun from here | are there any planets like ours nearby | when do supermarkets close in Germany |
what song should I sing | what song is about rain | what game is popular | what's the score in
tennis called | what is a stock price | what is the capital of Italy | translate this is my house
into German | make a sentence with light | make me laugh | make up a story | turn your frown
upside down meaning | call me Tom | what is a call to action | remember when phones had cords |
pull yourself together | draw a conclusion | what does draw the curtains mean | search your memory
for a poem | what is the point of music | music makes me happy | I love music | I like jazz |
lights are pretty | the lights are beautiful | the heating was expensive | my phone is broken | my
car is red | my door is blue | the front door is locked | the oven is on fire in the story |
notify is spelled how | in form follows function who said that | put the following words in order
| put it simply | some facts about cats please | a poem please | story please |
who is at risk of flu | who is at the top of the mountain in the story | what did I do wrong |
what did I say | what's playing the devil's advocate | what's happening in Hamlet | what's new |
what is new in Python | what happened in 1969 | what happened today in history | what is planned
obsolescence | what is the temperature of the sun | what is the temperature scale called | what is
humidity | what is the boiling temperature of water | what is the ideal room temperature for cheese
| what is a schedule | where is my heart | where is my appendix | where are my
kidneys | how much battery does an electric car need | what is a battery
"""
NEXT = "You can add a command for it."
KINDS = {
    "Is the front door locked?": (
        f"I cannot see what goes on in your home: I have no sensors. {NEXT}"
    ),
    "Will it rain tomorrow?": f"I cannot look up the weather. {NEXT}",
    "How's the traffic?": (
        f"I do not know where things are or when they go: I have no internet. {NEXT}"
    ),
    "Did anyone call?": f"I cannot look up your calls, messages and appointments. {NEXT}",
    "What did we talk about yesterday?": "I do not remember earlier conversations.",
    "What's on TV tonight?": f"I cannot look up what is new: I have no internet. {NEXT}",
    "It is too dark in here.": f"I cannot do that: {WHY}",
    "I need a taxi.": f"I cannot do that: {WHY}",
    "Everything off!": f"I cannot turn everything off: {WHY}",
    "I would like to hear some Mozart.": (f"I cannot play mozart: {WHY}"),
}


def test_no_request_reaches_the_language_model(marvin: Marvin) -> None:
    missed = []
    for text in sentences(DECLINED):
        if not marvin.says(text):
            missed.append(text)
        marvin.says("never mind")
    assert missed == []


def test_no_neighbour_of_a_request_is_declined(marvin: Marvin) -> None:
    talk = sentences(ANSWERED)
    assert {text: marvin.says(text) for text in talk} == dict.fromkeys(talk)


@pytest.mark.parametrize("text", KINDS)
def test_the_kind_decides_what_is_said(marvin: Marvin, text: str) -> None:
    assert marvin.says(text) == KINDS[text]


def test_text_too_long_for_a_request_is_left_alone(marvin: Marvin) -> None:
    assert marvin.understands(f"what is {'9' * 5000} plus 1") is None
    assert marvin.understands(f"what is {'1 plus ' * 1000} 1") is None
