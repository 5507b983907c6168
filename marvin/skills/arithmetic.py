"""The arithmetic skill: sums, products, powers, roots, percentages."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation, Overflow, localcontext
from fractions import Fraction
from functools import partial

from marvin.languages.translation import spoken, tr
from marvin.skills import spoken_numbers as numbers
from marvin.skills.sentence_patterns import (
    Answer,
    Names,
    Numbers,
    Said,
    SentenceGroup,
    Skill,
    Words,
)
from marvin.skills.text import capital
from marvin.types import ReplyItem, Say

_OPERATORS = {
    "plus": "plus",
    "minus": "minus",
    "times": "times",
    "multiplied by": "times",
    "divided by": "divided by",
    "over": "divided by",
    "to the power of": "to the power of",
    "to the power": "to the power of",
}
_Compute = Callable[[Said], tuple[str, Decimal]]
"""Returns the question in words and the result."""

_EXACT_BITS = 40_000
"""Larger powers are not computed exactly."""


def _to_the_power(left: Fraction, right: Fraction) -> Fraction:
    size = max(left.numerator.bit_length(), left.denominator.bit_length())
    if right.denominator == 1 and left and size * abs(right) < _EXACT_BITS:
        return left ** int(right)
    result = numbers.decimal(left) ** numbers.decimal(right)
    if not result.is_finite():
        raise Overflow  # A negative power of 0 gives infinity without a signal.
    return Fraction(result)


_COMPUTE: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "plus": lambda left, right: left + right,
    "minus": lambda left, right: left - right,
    "times": lambda left, right: left * right,
    "divided by": lambda left, right: left / right,
    "to the power of": _to_the_power,
}
_USUAL = ("plus", "minus", "times", "divided by")
_PRECEDENCE = (("to the power of",), ("times", "divided by"), ("plus", "minus"))
_USUAL_PARTS = ("half", "a quarter")
_POWERS = {"squared": 2, "cubed": 3}

_DECIMALS = " {digit:decimal}[ {digit:decimal}[ {digit:decimal}[ {digit:decimal}]]]"
_LISTS: dict[str, Words] = {
    "whole": Numbers(range(1001), 10**15),
    "digit": range(10),
    "sign": ("minus", "negative"),
    "bare_point": ("point",),
}
_RULES = {"number": f"[{{sign}} ]({{whole}}[ point{_DECIMALS}]|{{bare_point}}{_DECIMALS})"}

_SPOKEN_RULES = {"number": "{whole}[ point {digit}]"}

_WHAT = "[(<what_is>|how much is|calculate|compute|work out|what does|tell me) ]"
_EQUALS = "[ (equal|equals|make|come to)]"
# Key, sentence, operator and order.
_TWO = (
    ("add", "add <number> (and|to) <number>", "plus"),
    ("subtract", "subtract <number> from <number>", "minus", "swapped"),
    ("multiply", "multiply <number> (by|and|with) <number>", "times"),
    ("divide", "divide <number> by <number>", "divided by"),
    ("sum", f"{_WHAT}the (sum|total) of <number> and <number>", "plus"),
    ("product", f"{_WHAT}the product of <number> and <number>", "times"),
    ("difference", f"{_WHAT}the difference between <number> and <number>", "minus"),
)


_SHARE_OF = (
    f"{_WHAT}<number> (is what|as a) (percent|percentage) of <number>",
    "(what|which) (percent|percentage) is <number> [out ]of <number>",
    "[<what_is> ]<number> out of <number> (as a percentage|in percent|as percent)",
)
_SHARE = ("(what|which) (percent|percentage) of <number> is <number>",)
_CHANGED = (
    f"{_WHAT}<number>[ (dollars|euros|bucks)] {{more_or_less}} <number> percent",
    "{change} <number> by <number> percent",
)


def number_skill() -> Skill:
    """The rule `number`, which other skills use even when arithmetic is disabled."""
    return Skill("numbers", (), (), _LISTS, _RULES, _SPOKEN_RULES)


_OPERATIONS: dict[str, Words] = {
    "operator": Names(_USUAL, tuple(word for word in _OPERATORS if word not in _USUAL)),
    "power": Names(("squared",), ("cubed",)),
    "root": Names(("square root",), ("cube root",)),
    "more_or_less": ("plus", "minus"),
    "change": ("increase", "raise", "decrease", "reduce", "lower"),
    "percent_of": Names(("percent of",), ("percent off",)),
    "fraction": Names(_USUAL_PARTS, tuple(s for s in numbers.SHARES if s not in _USUAL_PARTS)),
}


def arithmetic_skill() -> Skill:
    groups: tuple[tuple[str, _Compute, str, tuple[str, ...]], ...] = (
        (
            "chain",
            _chain,
            "<what_is> <number> {operator} <number>",
            (
                f"{_WHAT}<number> {{operator}} <number>{_EQUALS}",
                f"{_WHAT}<number> {{operator}} <number> {{operator}} <number>"
                f"[ {{operator}} <number>]{_EQUALS}",
            ),
        ),
        ("power", _power, "<what_is> <number> {power}", (f"{_WHAT}<number> {{power}}",)),
        (
            "root",
            _root,
            "<what_is> the {root} of <number>",
            (f"{_WHAT}[the ]{{root}} of <number>",),
        ),
        (
            "percent",
            _percent,
            "<what_is> <number> {percent_of} <number>",
            (f"{_WHAT}<number> {{percent_of}} <number>[ (dollars|euros|bucks)]",),
        ),
        (
            "fraction",
            _fraction,
            "<what_is> {fraction} of {whole}",
            (f"{_WHAT}{{fraction}} of <number>",),
        ),
        ("changed", _changed, "", _CHANGED),
        *((key, _two(*how), "", (text,)) for key, text, *how in _TWO),
    )
    phrases = tuple(
        SentenceGroup((text,) if text else (), _speakable(compute), written=written, key=key)
        for key, compute, text, written in groups
    )
    phrases += (
        SentenceGroup((), _share, written=_SHARE_OF, key="share_of"),
        SentenceGroup((), partial(_share, swapped=True), written=_SHARE, key="share"),
    )
    return Skill("arithmetic", phrases, ("what is twelve times nine",), _OPERATIONS)


def _speakable(compute: _Compute) -> Answer:
    """A reply with the result, or the reason why there is none."""

    def answer(said: Said) -> list[ReplyItem]:
        try:
            with localcontext() as context:
                context.prec, context.Emax = 30, 9_999
                question, result = compute(said)
        except ZeroDivisionError:
            return [Say(tr("I cannot divide by zero."))]
        except Overflow:
            return [Say(tr("That number is too big for me."))]
        except InvalidOperation:
            return [Say(tr("That has no result."))]
        answer = numbers.spoken_number(result)
        return [Say(capital(tr("{question} is {result}.", question=question, result=answer)))]

    return answer


def _chain(said: Said) -> tuple[str, Decimal]:
    operators = [_OPERATORS[str(value)] for name, value in said.slots if name == "operator"]
    return _evaluated(numbers.read(said.slots), operators)


def _two(operator: str, order: str = "") -> _Compute:
    def compute(said: Said) -> tuple[str, Decimal]:
        left, right = numbers.read(said.slots)
        return _evaluated([right, left] if order else [left, right], [operator])

    return compute


def _evaluated(read: list[Decimal], operators: list[str]) -> tuple[str, Decimal]:
    said = numbers.spoken_number(read[0])
    for operator, value in zip(operators, read[1:], strict=True):
        said += f" {_spoken_operator(operator)} {numbers.spoken_number(value)}"
    # Fractions: a third times three is one.
    values = [Fraction(value) for value in read]
    for level in _PRECEDENCE:
        at = 0
        while at < len(operators):
            if operators[at] in level:
                values[at : at + 2] = [_COMPUTE[operators.pop(at)](*values[at : at + 2])]
            else:
                at += 1
    return said, numbers.decimal(values[0])


def _spoken_operator(operator: str) -> str:
    return {
        "plus": tr("plus"),
        "minus": tr("minus"),
        "times": tr("times"),
        "divided by": tr("divided by"),
        "to the power of": tr("to the power of"),
    }[operator]


def _power(said: Said) -> tuple[str, Decimal]:
    (value,) = numbers.read(said.slots)
    power = said.get("power") or "squared"
    number = numbers.spoken_number(value)
    squared, cubed = tr("{number} squared", number=number), tr("{number} cubed", number=number)
    return squared if power == "squared" else cubed, value ** _POWERS[power]


def _root(said: Said) -> tuple[str, Decimal]:
    (value,) = numbers.read(said.slots)
    number = numbers.spoken_number(value)
    if said.get("root") != "cube root":
        return tr("the square root of {number}", number=number), value.sqrt()
    # An exact root stays exact, but a third has no finite decimal form.
    result = abs(value) ** (Decimal(1) / 3) if value else value
    result = result.quantize(Decimal(10) ** -12).copy_sign(value)
    return tr("the cube root of {number}", number=number), result


def _percent(said: Said) -> tuple[str, Decimal]:
    percent, value = numbers.read(said.slots)
    part = percent * value / 100
    rate, number = numbers.spoken_number(percent), numbers.spoken_number(value)
    if said.get("percent_of") == "percent off":
        return tr("{percent} percent off {number}", percent=rate, number=number), value - part
    return tr("{percent} percent of {number}", percent=rate, number=number), part


def _share(said: Said, *, swapped: bool = False) -> list[ReplyItem]:
    part, whole = numbers.read(said.slots)
    if swapped:
        part, whole = whole, part
    if not whole:
        return [Say(tr("I cannot divide by zero."))]
    text = tr(
        "{part} is {percent} percent of {whole}.",
        part=numbers.spoken_number(part),
        percent=numbers.spoken_number(100 * part / whole),
        whole=numbers.spoken_number(whole),
    )
    return [Say(capital(text))]


def _changed(said: Said) -> tuple[str, Decimal]:
    value, percent = numbers.read(said.slots)
    more = (said.get("more_or_less") or said.get("change")) in ("plus", "increase", "raise")
    number, rate = numbers.spoken_number(value), numbers.spoken_number(percent)
    change = value * percent / 100
    if more:
        return tr("{number} plus {percent} percent", number=number, percent=rate), value + change
    return tr("{number} minus {percent} percent", number=number, percent=rate), value - change


def _fraction(said: Said) -> tuple[str, Decimal]:
    (value,) = numbers.read(said.slots)
    fraction = said.get("fraction") or "half"
    share = numbers.SHARES[fraction]
    language = spoken()
    name = language.named("fraction", fraction) if language else fraction
    question = tr("{share} of {number}", share=name, number=numbers.spoken_number(value))
    return question, value * share.numerator / share.denominator
