"""The chance skill: dice, coins, cards, random numbers and choices."""

from collections.abc import Callable
from random import Random

from marvin.skills import spoken_numbers as numbers
from marvin.skills.sentence_patterns import Numbers, Said, SentenceGroup, Skill, Words
from marvin.types import ReplyItem, Say

_MOST_DICE, _MOST_SIDES = 20, 1_000
_LARGEST = 10**15
_RANKS = "ace,two,three,four,five,six,seven,eight,nine,ten,jack,queen,king"
_SUITS = "hearts,diamonds,clubs,spades"
_DICE_OF_GAMES = tuple(f"d{sides}" for sides in (4, 6, 8, 10, 12, 20, 100))

_LISTS: dict[str, Words] = {
    "dice": Numbers(range(2, 7), _LARGEST),
    "sides": Numbers(range(4, 21, 2), _LARGEST),
    "game_die": _DICE_OF_GAMES,
    "low": Numbers(range(11), _LARGEST),
    "high": Numbers((range(10, 101, 10)), _LARGEST),
    # Words that names do not have.
    "side": ("left", "right", "up", "down", "on", "off", "in", "out", "me", "you", "this", "that"),
}
_ONE_DIE = "(roll|throw|cast|toss) [me ](a|an|the|1|another) "
_MANY_DICE = "(roll|throw|cast|toss) [me ](a pair of|{dice}) "
_DICE = ("roll (a|the) (die|dice)", "roll {dice} dice")
_DICE_WRITTEN = (
    f"{_ONE_DIE}(die|dice)[ again]",
    f"{_ONE_DIE}({{game_die}}|d {{sides}}|{{sides}} sided (die|dice))[ (die|dice)]",
    f"{_MANY_DICE}(dice|die|dices)",
    f"{_MANY_DICE}({{game_die}}|d {{sides}}|{{sides}} sided dice)[ dice]",
    "roll {game_die}",
    "(roll|throw) (some|my) dice",
)
_COIN = ("flip a coin",)
_COIN_WRITTEN = (
    "(flip|toss|throw) [me ](a|the|1|my|another) coin[ (again|for us)]",
    "(flip|toss|throw) ({dice} coins|a coin {dice} times|a coin twice)",
    "[(call|choose|pick|say) ]heads or tails",
    "[do a ]coin (flip|toss)",
)
_NUMBER = ("pick a random number",)
_PICK = "(pick|choose|select|give me|tell me|say|generate|get|get me|name|<what_is>)"
_RANGE = "(between|from) {low} (and|to) {high}"
_NUMBER_WRITTEN = (
    f"[{_PICK} ][(a|any|another|1|me a) ]random number[ {_RANGE}]",
    f"{_PICK} (a|any|another|1) number {_RANGE}",
    f"(pick|choose|select) (a|any|another|1) number[ {_RANGE}]",
    f"{_PICK} (a|any|another|1) (number|random number) at random[ {_RANGE}]",
)
_FIRST, _SECOND = "({any_first}|{side:first})", "({any_second}|{side:second})"
_CHOICE_WRITTEN = (
    f"(pick|choose|decide|select) (1|1 of|between|randomly between) {_FIRST} or {_SECOND}",
    f"(pick|choose|decide|select) (between|randomly between) {_FIRST} and {_SECOND}",
    f"help me (decide|choose)[ between] {_FIRST} or {_SECOND}",
)
_CARD_WRITTEN = (
    "(pick|draw|choose|deal me|give me) (a|any|1|another) [random ](card|playing card)"
    "[ (any card|from the deck)]",
)


def chance_skill(random: Random) -> Skill:
    groups: tuple[tuple[tuple[str, ...], Callable[[Said, Random], str], tuple[str, ...]], ...] = (
        (_DICE, _dice, _DICE_WRITTEN),
        (_COIN, _coins, _COIN_WRITTEN),
        (_NUMBER, _number, _NUMBER_WRITTEN),
        ((), _card, _CARD_WRITTEN),
    )

    def says(compute: Callable[[Said, Random], str]) -> Callable[[Said], list[ReplyItem]]:
        return lambda said: [Say(compute(said, random))]

    phrases = (
        *(SentenceGroup(spoken, says(compute), written=more) for spoken, compute, more in groups),
        SentenceGroup((), says(_choice), written=_CHOICE_WRITTEN, unless=_list),
    )
    return Skill("chance", phrases, ("flip a coin", "roll two dice"), _LISTS)


def _count(said: Said) -> int:
    if " a pair of " in said.text or said.text.endswith(" twice"):
        return 2
    count = said.number("dice")
    return 1 if count is None else count


def _dice(said: Said, random: Random) -> str:
    count = _count(said)
    sides = said.number("sides")
    if sides is None:
        sides = int((said.get("game_die") or "d6")[1:])
    if not 0 < count <= _MOST_DICE:
        return f"I can roll from 1 to {_MOST_DICE} dice."
    if not 1 < sides <= _MOST_SIDES:
        return f"My dice have from 2 to {_MOST_SIDES} sides."
    rolled = [random.randint(1, sides) for _ in range(count)]
    if count == 1:
        return f"The die shows {rolled[0]}."
    return f"The dice show {numbers.listed(list(map(str, rolled)))}, together {sum(rolled)}."


def _coins(said: Said, random: Random) -> str:
    count = _count(said)
    if not 0 < count <= _MOST_DICE:
        return f"I can flip from 1 to {_MOST_DICE} coins."
    heads = sum(random.random() < 0.5 for _ in range(count))
    if count == 1:
        return "Heads." if heads else "Tails."
    return f"{heads} heads and {count - heads} tails."


def _number(said: Said, random: Random) -> str:
    low, high = said.number("low"), said.number("high")
    one, other = (1, 100) if low is None or high is None else (low, high)
    return f"{random.randint(min(one, other), max(one, other))}."


def _list(said: Said) -> bool:
    """`red green or blue` has lost its comma."""
    first, second = (len(str(value).split()) for _, value in said.slots)
    return " or " in said.text and first > second


def _choice(said: Said, random: Random) -> str:
    options = [str(value) for name, value in said.slots if name.endswith(("first", "second"))]
    option = random.choice(options)
    return f"{option[0].upper()}{option[1:]}."


def _card(said: Said, random: Random) -> str:
    return f"The {random.choice(_RANKS.split(','))} of {random.choice(_SUITS.split(','))}."
