"""Conversion of units."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from marvin.skills import numbers
from marvin.skills.patterns import Names, Numbers, Phrase, Said, Skill, Words
from marvin.types import Reply

if TYPE_CHECKING:
    from pint import UnitRegistry


@dataclass(frozen=True, slots=True)
class _Unit:
    pint: str
    """Its name in pint."""
    one: str
    many: str


def _rows(text: str) -> dict[str, _Unit]:
    """Units by everything they are called: `pint name | singular | plural | others, ...`."""
    units: dict[str, _Unit] = {}
    for line in text.strip().splitlines():
        pint_name, one, many, others = (part.strip() for part in line.split("|"))
        unit = _Unit(pint_name, one, many)
        for name in (one, many, *others.split(",")):
            if name.strip():
                units[name.strip()] = unit
    return units


_UNITS = _rows("""
millimeter | millimetre | millimetres | millimeter, millimeters, mm
centimeter | centimetre | centimetres | centimeter, centimeters, cm
meter | metre | metres | meter, meters, m
kilometer | kilometre | kilometres | kilometer, kilometers, km, kms
inch | inch | inches |
foot | foot | feet | ft
yard | yard | yards |
mile | mile | miles |
nautical_mile | nautical mile | nautical miles |
light_year | light year | light years |
milligram | milligram | milligrams | mg
gram | gram | grams | g
kilogram | kilogram | kilograms | kilo, kilos, kg, kgs
metric_ton | tonne | tonnes | ton, tons, metric ton, metric tons
ounce | ounce | ounces | oz
pound | pound | pounds | lb, lbs
stone | stone | stone | stones
milliliter | millilitre | millilitres | milliliter, milliliters, ml
centiliter | centilitre | centilitres | centiliter, centiliters, cl
liter | litre | litres | liter, liters, l
teaspoon | teaspoon | teaspoons |
tablespoon | tablespoon | tablespoons |
cup | cup | cups |
fluid_ounce | fluid ounce | fluid ounces |
pint | pint | pints |
quart | quart | quarts |
gallon | gallon | gallons |
imperial_gallon | imperial gallon | imperial gallons | british gallon, british gallons
imperial_pint | imperial pint | imperial pints | british pint, british pints
meter ** 3 | cubic metre | cubic metres | cubic meter, cubic meters
centimeter ** 2 | square centimetre | square centimetres | square centimeter, square centimeters
meter ** 2 | square metre | square metres | square meter, square meters
kilometer ** 2 | square kilometre | square kilometres | square kilometer, square kilometers
foot ** 2 | square foot | square feet |
mile ** 2 | square mile | square miles |
acre | acre | acres |
hectare | hectare | hectares |
degC | degree Celsius | degrees Celsius | celsius, centigrade, degrees centigrade, degrees c
degF | degree Fahrenheit | degrees Fahrenheit | fahrenheit, degrees f
kelvin | kelvin | kelvin | kelvins, degrees kelvin
second | second | seconds |
minute | minute | minutes |
hour | hour | hours |
day | day | days |
week | week | weeks |
year | year | years |
kilometer / hour | kilometre per hour | kilometres per hour | kilometers per hour, kph
mile / hour | mile per hour | miles per hour | mph
meter / second | metre per second | metres per second | meters per second, meter per second
knot | knot | knots |
kilobyte | kilobyte | kilobytes |
megabyte | megabyte | megabytes |
gigabyte | gigabyte | gigabytes |
terabyte | terabyte | terabytes |
kilojoule | kilojoule | kilojoules |
kilocalorie | kilocalorie | kilocalories | calorie, calories
watt_hour | watt hour | watt hours |
kilowatt_hour | kilowatt hour | kilowatt hours |
watt | watt | watts |
kilowatt | kilowatt | kilowatts |
horsepower | horsepower | horsepower |
bar | bar | bars |
psi | pound per square inch | pounds per square inch | psi
degree | degree | degrees |
radian | radian | radians |
""")

_BY_SAID = {name.lower(): unit for name, unit in _UNITS.items()}

_SPOKEN = {
    "length": "centimeter,centimeters,meter,meters,kilometer,kilometers,inch,inches,foot,feet,"
    "yard,yards,mile,miles",
    "weight": "gram,grams,kilogram,kilograms,ounce,ounces,pound,pounds",
    "volume": "milliliters,liter,liters,teaspoon,teaspoons,tablespoon,tablespoons,cup,cups,"
    "pint,pints,gallon,gallons,ounces",
    "temperature": "celsius,fahrenheit,degrees celsius,degrees fahrenheit",
    "time": "seconds,minutes,hour,hours,day,days,week,weeks,year",
}
"""Names that a recogniser with a grammar listens for, by what they measure: it need not hear
how many weeks are in a cup."""

_SOME = {
    "a": "1",
    "an": "1",
    "half a": "0.5",
    "half an": "0.5",
    "a quarter of a": "0.25",
    "a quarter of an": "0.25",
}
_AND_PART = {"and a half": "0.5", "and a quarter": "0.25", "and three quarters": "0.75"}

# What the same word means beside a unit of another kind.
_FLUID_OUNCE = _Unit("fluid_ounce", "fluid ounce", "fluid ounces")
_OTHER_SCALE = {"degC": _UNITS["fahrenheit"], "degF": _UNITS["celsius"]}


@cache
def _registry() -> "UnitRegistry[float]":
    """Pint's definitions: they take a while to read, and are the same for everyone."""
    from pint import UnitRegistry

    return UnitRegistry()


class UnitsSkill:
    """Converts with pint's definitions."""

    def __init__(self, registry: "UnitRegistry[float]") -> None:
        self._registry = registry

    @classmethod
    def load(cls) -> "UnitsSkill":
        """Read pint's definitions."""
        return cls(_registry())

    def skill(self) -> Skill:
        """What can be converted."""
        source, target = "<amount> {unit:from_unit}", "{unit:to_unit}"
        sentences = tuple(
            sentence.format(f"{{unit_{kind}:to_unit}}", f"<amount> {{unit_{kind}:from_unit}}")
            for kind in _SPOKEN
            for sentence in (
                "(<what_is>|convert) {1} (in|to) {0}",
                "how many {0} are [there ]in {1}",
            )
        )
        written = (
            f"[(<what_is>|convert) ]{source} (in|to) {target}",
            f"how many {target} [(are|is) ][there ]in {source}",
            f"(how much is|change|turn|convert) {source} (in|to|into|as) {target}",
            f"how (tall|far|long|hot|cold|warm|heavy|big|fast) is {source} in {target}",
            f"how many {target} [(are|is) ][there ]to {source}",
            f"how many {target} (make|makes|equal|equals|is|are) {source}",
            f"how many {target} does {source} (have|make|equal)",
        )
        # For a recogniser, fewer numbers: they stand in a sentence with all units, twice.
        rules = {"amount": "(<number>[ {and_part}]|{some})"}
        spoken_rules = {"amount": "({few:whole}|{some})"}
        lists: dict[str, Words] = {
            "unit": tuple(_BY_SAID),
            **{f"unit_{kind}": tuple(names.split(",")) for kind, names in _SPOKEN.items()},
            "few": Numbers(range(1, 101), 10**15),
            "some": Names(("a", "an"), tuple(_SOME)[2:]),
            "and_part": tuple(_AND_PART),
        }
        example = "how many centimetres are in three inches"
        phrase = Phrase(sentences, self._convert, written=written)
        return Skill("units", (phrase,), (example,), lists, rules, spoken_rules)

    def _convert(self, said: Said) -> Reply:
        value = _amount(said)
        source, target = _unit(said, "from_unit"), _unit(said, "to_unit")
        if source.pint == "degree":
            source = _OTHER_SCALE.get(target.pint, source)
        result = self._converted(value, source, target)
        if result is None and source.pint == "ounce":
            source = _FLUID_OUNCE
            result = self._converted(value, source, target)
        if result is None and target.pint == "ounce":
            target = _FLUID_OUNCE
            result = self._converted(value, source, target)
        if result is None:
            return Reply(f"I cannot turn {source.many} into {target.many}.")
        some = said.get("some")
        amount = some or numbers.spoken(value)
        question = f"{amount} {source.one if some or value == 1 else source.many}"
        answer = f"{numbers.spoken(result)} {target.one if result == 1 else target.many}"
        return Reply(f"{question[0].upper()}{question[1:]} is {answer}.")

    def _converted(self, value: Decimal, source: _Unit, target: _Unit) -> Decimal | None:
        from pint import DimensionalityError

        try:
            quantity = self._registry.Quantity(float(value), source.pint).to(target.pint)
        except DimensionalityError:
            return None
        # Binary fractions are not to be heard: 30.480000000000004 is 30.48.
        return Decimal(f"{quantity.magnitude:.12g}")


def _amount(said: Said) -> Decimal:
    some = said.get("some")
    if some is not None:
        return Decimal(_SOME[some])
    (value,) = numbers.read(said.slots)
    return value + Decimal(_AND_PART.get(said.get("and_part") or "", 0))


def _unit(said: Said, slot: str) -> _Unit:
    return _BY_SAID[said.get(slot) or ""]
