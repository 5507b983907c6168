"""The chance skill: dice, coins, cards, random numbers and choices."""

from collections.abc import Callable
from random import Random

from marvin.languages.translation import spoken, tr
from marvin.skills import spoken_numbers as numbers
from marvin.skills.sentence_patterns import Numbers, Said, SentenceGroup, Skill, Words
from marvin.skills.text import capital
from marvin.types import ReplyItem, Say

_MOST_DICE, _MOST_SIDES = 20, 1_000
_LARGEST = 10**15
_NUMBER_CARDS = "two,three,four,five,six,seven,eight,nine,ten"
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
    groups: tuple[
        tuple[str, tuple[str, ...], Callable[[Said, Random], str], tuple[str, ...]], ...
    ] = (
        ("dice", _DICE, _dice, _DICE_WRITTEN),
        ("coin", _COIN, _coins, _COIN_WRITTEN),
        ("number", _NUMBER, _number, _NUMBER_WRITTEN),
        ("card", (), _card, _CARD_WRITTEN),
    )

    def says(compute: Callable[[Said, Random], str]) -> Callable[[Said], list[ReplyItem]]:
        return lambda said: [Say(compute(said, random))]

    phrases = (
        *(
            SentenceGroup(spoken, says(compute), written=more, key=key)
            for key, spoken, compute, more in groups
        ),
        SentenceGroup((), says(_choice), written=_CHOICE_WRITTEN, unless=_list, key="choice"),
    )
    return Skill("chance", phrases, ("flip a coin", "roll two dice"), _LISTS)


def _count(said: Said) -> int:
    if " a pair of " in said.text or said.text.endswith(" twice"):
        return 2
    if times := said.get("times"):  # In other languages: `zweimal`.
        return int(times)
    count = said.number("dice")
    return 1 if count is None else count


def _dice(said: Said, random: Random) -> str:
    count = _count(said)
    sides = said.number("sides")
    if sides is None:
        sides = int((said.get("game_die") or "d6")[1:])
    if not 0 < count <= _MOST_DICE:
        return tr("I can roll from 1 to {most} dice.", most=_MOST_DICE)
    if not 1 < sides <= _MOST_SIDES:
        return tr("My dice have from 2 to {most} sides.", most=_MOST_SIDES)
    rolled = [random.randint(1, sides) for _ in range(count)]
    if count == 1:
        return tr("The die shows {number}.", number=rolled[0])
    shown = numbers.listed(list(map(str, rolled)))
    return tr("The dice show {numbers}, together {sum}.", numbers=shown, sum=sum(rolled))


def _coins(said: Said, random: Random) -> str:
    count = _count(said)
    if not 0 < count <= _MOST_DICE:
        return tr("I can flip from 1 to {most} coins.", most=_MOST_DICE)
    heads = sum(random.random() < 0.5 for _ in range(count))
    if count == 1:
        return tr("Heads.") if heads else tr("Tails.")
    return tr("{heads} heads and {tails} tails.", heads=heads, tails=count - heads)


def _number(said: Said, random: Random) -> str:
    low, high = said.number("low"), said.number("high")
    one, other = (1, 100) if low is None or high is None else (low, high)
    return f"{random.randint(min(one, other), max(one, other))}."


def _list(said: Said) -> bool:
    """`red green or blue` has lost its comma."""
    first, second = (len(str(value).split()) for _, value in said.slots)
    return f" {tr('or')} " in said.text and first > second


def _choice(said: Said, random: Random) -> str:
    options = [str(value) for name, value in said.slots if name.endswith(("first", "second"))]
    return f"{capital(random.choice(options))}."


def _card(said: Said, random: Random) -> str:
    cards = map(str, range(2, 11)) if spoken() else _NUMBER_CARDS.split(",")
    ranks = (tr("ace"), *cards, tr("jack"), tr("queen"), tr("king"))
    suits = (tr("hearts"), tr("diamonds"), tr("clubs"), tr("spades"))
    text = tr("The {rank} of {suit}.", rank=random.choice(ranks), suit=random.choice(suits))
    return capital(text)
