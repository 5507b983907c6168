"""The tips skill: tips, and bills shared by several people."""

from collections.abc import Callable
from decimal import Decimal

from marvin.languages.language import Language
from marvin.languages.translation import spoken, tr
from marvin.skills import spoken_numbers as numbers
from marvin.skills.sentence_patterns import Names, Numbers, Said, SentenceGroup, Skill, Words
from marvin.skills.text import capital
from marvin.types import ReplyItem, Say

_CENTS = {"dollar": "cent", "euro": "cent", "pound": "penny", "buck": "cent"}
_NAMES = {"buck": "dollar"}
_CURRENCIES = (*_CENTS, "franc", "rupee", "peso", "crown", "krona", "rand", "real", "zloty")
_USUAL_PERCENT, _USUAL_ELSEWHERE = (15, 20), (5, 10)

_LISTS: dict[str, Words] = {
    "currency": Names(
        ("dollars",),
        tuple(f"{one}{end}" for one in _CURRENCIES for end in ("", "s")),
    ),
    "cents": Numbers(range(5, 100, 5), 99),
    "cent_name": ("cents", "cent", "pence", "pee"),
    "people": Numbers(range(2, 13), 10_000),
}
_RULES = {
    "money": "<number>[ {currency}][ [and ]{cents}[ {cent_name}]]",
    "bill": "[(a|the|my|our) ][(bill|check|total) of ]<money>[ (bill|check|meal|tab|dinner|lunch)]",
    "people": "{people}[ (people|persons|friends|of us|ways|parts|guests)]",
    "sharers": "{people} (people|persons|friends|of us|ways|guests)",
    "with_tip": "[ (with|and|including|plus|at) [a ]<number> percent[ tip]]",
}
_SPOKEN_RULES = {"money": "{whole} {currency}", "bill": "<money>"}

_SPOKEN_TIP = ("<what_is> a <number> percent tip on <bill>",)
_WHAT = "[(<what_is>|how much is|calculate|compute|work out|figure out|tell me|add|leave) ]"
_TIP_WRITTEN = (
    f"{_WHAT}[(a|the) ]<number> percent tip (on|for|of|to) <bill>",
    f"{_WHAT}[(a|the) ]tip of <number> percent (on|for|to) <bill>",
    "tip <number> percent on <bill>",
)
_TIP_LAST_WRITTEN = (f"{_WHAT}[(a|the) ]tip (on|for) <bill> (at|of|with) <number> percent",)
_USUAL_TIP_WRITTEN = (
    "how much (should i|do i|should we|do we|to|would i|must i) (tip|leave as a tip) "
    "(on|for) <bill>",
    "how much should the tip be (on|for) <bill>",
    f"{_WHAT}[(a|the) ][(good|fair|usual|normal) ]tip (on|for) <bill>",
)
_SPLIT_WRITTEN = (
    "(split|share) <bill> (by|between|among|amongst|into|for|across) <people><with_tip>",
    "divide <bill> (by|between|among|amongst|into|for|across) <sharers><with_tip>",
    "(split|divide|share) <bill> {people} ways<with_tip>",
    "[<what_is> ]<bill> (split|divided|shared) (by|between|among|amongst) <sharers><with_tip>",
    "[<what_is> ]<bill> split {people} ways<with_tip>",
    "(how much|what) (do|does|would|will|should) (we|they|everyone|each person|each of us|each|"
    "each one)[ each] (pay|owe) (if|when) <sharers> (split|share) <bill><with_tip>",
    "[if ]<sharers> (split|share) <bill><with_tip>"
    "[ (how much|what) (does each|does each person|does everyone|do they each) (pay|owe|get)]",
)


def tips_skill() -> Skill:
    phrases = (
        SentenceGroup(_SPOKEN_TIP, _tip, written=_TIP_WRITTEN, key="tip"),
        SentenceGroup(
            (), lambda said: _tip(said, last=True), written=_TIP_LAST_WRITTEN, key="tip_last"
        ),
        SentenceGroup((), _usual_tip, written=_USUAL_TIP_WRITTEN, key="usual_tip"),
        SentenceGroup((), _split, written=_SPLIT_WRITTEN, key="split"),
    )
    example = "what is a fifteen percent tip on forty dollars"
    return Skill("tips", phrases, (example,), _LISTS, _RULES, _SPOKEN_RULES)


def _tip(said: Said, *, last: bool = False) -> list[ReplyItem]:
    first, second = numbers.read(said.slots)
    percent, bill = (second, first) if last else (first, second)
    amount, money = _amount(said, bill)
    number = numbers.spoken_number(percent)
    slots = {"percent": number, "bill": money(amount), "tip": money(amount * percent / 100)}
    if number.startswith("8") or number in ("11", "18"):
        text = tr("An {percent} percent tip on {bill} is {tip}.", **slots)
    else:
        text = tr("A {percent} percent tip on {bill} is {tip}.", **slots)
    return [Say(text)]


def _usual_tip(said: Said) -> list[ReplyItem]:
    (bill,) = numbers.read(said.slots)
    amount, money = _amount(said, bill)
    each = [
        tr("{percent} percent is {tip}", percent=percent, tip=money(amount * percent / 100))
        for percent in (_USUAL_ELSEWHERE if spoken() else _USUAL_PERCENT)
    ]
    return [Say(capital(f"{numbers.listed(each)}."))]


def _split(said: Said) -> list[ReplyItem]:
    bill, *percents = numbers.read(said.slots)
    amount, money = _amount(said, bill)
    people = said.number("people") or 0
    if people == 0:
        return [Say(tr("I cannot divide by zero."))]
    if not percents:
        return [Say(tr("That is {amount} each.", amount=money(amount / people)))]
    total = amount * (1 + percents[0] / 100)
    each = money(total / people)
    return [
        Say(tr("With the tip that is {total}, {amount} each.", total=money(total), amount=each))
    ]


def _amount(said: Said, whole: Decimal) -> tuple[Decimal, Callable[[Decimal], str]]:
    """The bill, and how amounts of its currency are spoken."""
    currency = (said.get("currency") or "").removesuffix("s")
    name = _NAMES.get(currency, currency)
    cents = Decimal(said.number("cents") or 0) / 100
    language = spoken()

    def english(amount: Decimal) -> str:
        rounded = round(amount, 2)
        about = "" if rounded == amount else "about "
        if name not in _CENTS:
            number = numbers.spoken_number(rounded)
            return f"{about}{number}{f' {name}s' if name else ''}"
        units, rest = divmod(int(rounded * 100), 100)
        parts = [numbers.counted(units, name)] if units or not rest else []
        if rest:
            cent = _CENTS[name]
            many = "pence" if cent == "penny" else f"{cent}s"
            parts.append(f"{rest} {cent if rest == 1 else many}")
        return about + numbers.listed(parts)

    if language is None:
        return whole + cents, english
    return whole + cents, lambda amount: _elsewhere(language, amount, name)


def _elsewhere(language: Language, amount: Decimal, currency: str) -> str:
    """`12,50 €`, which the voice reads as a price."""
    rounded = round(amount, 2)
    number = f"{rounded:.2f}".replace(".", ",") if rounded % 1 else f"{rounded:.0f}"
    number = f"{number} {language.named('currency', currency)}" if currency else number
    return number if rounded == amount else tr("about {number}", number=number)
