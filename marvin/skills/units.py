"""The unit conversion skill."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from marvin.languages.translation import spoken, tr
from marvin.skills import spoken_numbers as numbers
from marvin.skills.sentence_patterns import Names, Numbers, Said, SentenceGroup, Skill, Words
from marvin.skills.text import capital
from marvin.skills.unit_names import METRIC, UNITS, MeasureUnit
from marvin.types import ReplyItem, Say

if TYPE_CHECKING:
    from pint import UnitRegistry


_SPOKEN = {
    "length": "centimeter,centimeters,meter,meters,kilometer,kilometers,inch,inches,foot,feet,"
    "yard,yards,mile,miles",
    "weight": "gram,grams,kilogram,kilograms,ounce,ounces,pound,pounds",
    "volume": "milliliters,liter,liters,teaspoon,teaspoons,tablespoon,tablespoons,cup,cups,"
    "pint,pints,gallon,gallons,ounces",
    "temperature": "celsius,fahrenheit,degrees celsius,degrees fahrenheit",
    "time": "seconds,minutes,hour,hours,day,days,week,weeks,year",
}
"""Names for recognisers with a grammar, by dimension: nobody asks how many weeks are in a cup."""

_SOME = {"a": Fraction(1), "an": Fraction(1)} | {
    f"{share}{end}": value
    for share, value in numbers.SHARES.items()
    for end in ("", " a", " an", " of a", " of an")
}
_IN_ONE_WORD = {
    "one and a half": Fraction(3, 2),
    "two and a half": Fraction(5, 2),
    "three and a half": Fraction(7, 2),
}
"""In other languages: `anderthalb`."""
_AND_PART = {f"and {share}": value for share, value in numbers.SHARES.items()}
_SMALLER = {
    "foot": "inch", "hour": "minute", "minute": "second", "pound": "ounce", "stone": "pound",
}  # fmt: skip
"""The unit of a second number after such a unit: `5 foot 11`."""

# The meaning of an ambiguous word next to a unit of another dimension.
_FLUID_OUNCE = MeasureUnit("fluid_ounce", "fluid ounce", "fluid ounces")
_TEMPERATURES = ("degC", "degF", "kelvin")
_OTHER_SCALE = {"degC": UNITS["fahrenheit"], "degF": UNITS["celsius"]}


@dataclass(frozen=True, slots=True)
class _Term:
    """`2.5 pounds`, `half an hour`."""

    value: Fraction
    unit: MeasureUnit
    said: str | None = None
    """Amount in words."""

    def fluid(self) -> "_Term":
        """As a volume, if it is in ounces."""
        return replace(self, unit=_FLUID_OUNCE) if self.unit.pint == "ounce" else self

    def __str__(self) -> str:
        amount = self.said or numbers.spoken_number(numbers.decimal(self.value))
        return f"{amount} {_named(self.unit, many=not self.said and self.value != 1)}"


def _named(unit: MeasureUnit, *, many: bool) -> str:
    one, several = unit.one, unit.many
    if (language := spoken()) is None:
        return several if many else one
    # Where both are the same, the list has only one of them.
    meanings = (several.lower(), one.lower())
    return language.named("measure_unit", *(meanings if many else reversed(meanings)))


@cache
def _registry() -> "UnitRegistry[Fraction]":
    """Pint's definitions, which are slow to parse."""
    from pint import UnitRegistry

    # Fractions, for exact results: with floats 32 °F is not quite 0 °C.
    registry: UnitRegistry[Fraction] = UnitRegistry(non_int_type=Fraction)
    for name, size in METRIC.items():
        registry.define(f"{name} = {size}")
    return registry


class UnitsSkill:
    def __init__(self, registry: "UnitRegistry[Fraction]") -> None:
        self._registry = registry

    @classmethod
    def load(cls) -> "UnitsSkill":
        return cls(_registry())

    def skill(self) -> Skill:
        one = "<amount> {unit:from_unit}[ {and_part}]"
        more = "[ and] <amount> {unit:from_unit}"
        source = f"{one}[{more}][{more}|[ and] {{few:rest}}]"
        target = "{unit:to_unit}"
        sentences = tuple(
            sentence.format(f"{{unit_{kind}:to_unit}}", f"<amount> {{unit_{kind}:from_unit}}")
            for kind in _SPOKEN
            for sentence in (
                "(<what_is>|convert) {1} (in|to) {0}",
                "how many {0} [(are|are there) ]in {1}",
            )
        )
        sentences += (
            "(<what_is>|convert) {few:whole} {feet:from_unit} {few:whole} {inches:from_unit} "
            "(in|to) {unit_length:to_unit}",
        )
        written = (
            f"[(<what_is>|how much is|convert|change|turn) ]{source} (in|to|into|as) {target}",
            f"how many {target} [(are|is) ][there ](in|to|make|makes|equal|equals|is|are) {source}",
            f"how (tall|far|long|hot|cold|warm|heavy|big|fast) is {source} in {target}",
            f"how many {target} does {source} (have|make|equal)",
        )
        # Fewer numbers for a recogniser, because the sentence combines them twice with all units.
        rules = {"amount": "(<number>[ {and_part}]|{some})"}
        spoken_rules = {"amount": "({few:whole}[ and a half]|{some})"}
        lists: dict[str, Words] = {
            "unit": tuple(UNITS),
            **{f"unit_{kind}": tuple(names.split(",")) for kind, names in _SPOKEN.items()},
            "few": Numbers(range(1, 101), 10**15),
            "some": Names(("a", "an", "half a"), tuple(_SOME)),
            "feet": ("foot", "feet"),
            "inches": ("inches",),
            "and_part": tuple(_AND_PART),
        }
        example = "how many centimetres are in three inches"
        phrase = SentenceGroup(sentences, self._convert, written=written, key="convert")
        return Skill("units", (phrase,), (example,), lists, rules, spoken_rules)

    def _convert(self, said: Said) -> list[ReplyItem] | None:
        terms = _terms(said)
        if not terms:
            return None
        target = UNITS[said.get("to_unit") or ""]
        if terms[0].unit.pint == "degree":
            terms[0] = replace(terms[0], unit=_OTHER_SCALE.get(target.pint, terms[0].unit))
        result = self._sum(terms, target)
        if result is None:  # Ounces may be a volume.
            terms = [term.fluid() for term in terms]
            result = self._sum(terms, target)
        if result is None and target.pint == "ounce":
            target = _FLUID_OUNCE
            result = self._sum(terms, target)
        if result is None:
            one, other = _named(terms[0].unit, many=True), _named(target, many=True)
            return [Say(tr("I cannot turn {one} into {other}.", one=one, other=other))]
        source = f" {tr('and')} ".join(map(str, terms))
        text = tr("{source} is {result}.", source=source, result=_Term(result, target))
        return [Say(capital(text))]

    def _sum(self, terms: Sequence[_Term], target: MeasureUnit) -> Fraction | None:
        """The sum of all terms in the target's unit; None if their dimensions differ."""
        from pint import DimensionalityError

        if len(terms) > 1 and target.pint in _TEMPERATURES:
            return None
        quantities = (self._registry.Quantity(term.value, term.unit.pint) for term in terms)
        try:
            return sum((quantity.to(target.pint).m for quantity in quantities), Fraction(0))
        except DimensionalityError:
            return None


def _terms(said: Said) -> list[_Term]:
    """`5 feet 11` is 5 feet and 11 inches."""
    terms: list[_Term] = []
    amount: list[tuple[str, str | int]] = []
    for name, value in said.slots:
        if name == "from_unit":
            terms.append(_term(amount, UNITS[str(value)]))
            amount = []
        elif name == "rest":
            unit = terms[-1].unit
            if unit.pint not in _SMALLER:
                return []  # "5 metres 11" is ambiguous.
            terms.append(_Term(Fraction(value), UNITS[_SMALLER[unit.pint]]))
        elif name != "to_unit":
            amount.append((name, value))
    if amount:  # "a mile and a half".
        total = terms[-1].value + _AND_PART[str(amount[0][1])]
        terms[-1] = replace(terms[-1], value=total, said=None)
    return terms


def _term(amount: Sequence[tuple[str, str | int]], unit: MeasureUnit) -> _Term:
    some = next((str(value) for name, value in amount if name == "some"), None)
    if some is not None:
        if spoken() is None:
            return _Term(_SOME[some], unit, some)
        return _Term((_SOME | _IN_ONE_WORD)[some], unit)
    (number,) = numbers.read(amount)
    parts = (_AND_PART[str(value)] for name, value in amount if name == "and_part")
    return _Term(Fraction(number) + sum(parts), unit)
