"""Units are converted exactly, in every notation."""

from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from marvin.skills.unit_names import UNITS, MeasureUnit
from marvin.skills.units import UnitsSkill

from .conftest import Marvin

CONVERTED = {
    "what is 32 fahrenheit in celsius": "32 degrees Fahrenheit is 0 degrees Celsius.",
    "convert 32 degrees fahrenheit to celsius": "32 degrees Fahrenheit is 0 degrees Celsius.",
    "what is 98.6 f in c": "98.6 degrees Fahrenheit is 37 degrees Celsius.",
    "convert 100 C to F": "100 degrees Celsius is 212 degrees Fahrenheit.",
    "what is 350 f in celsius": "350 degrees Fahrenheit is about 176.67 degrees Celsius.",
    "what is minus 273.15 c in kelvin": "Minus 273.15 degrees Celsius is 0 kelvin.",
    "how many mL in a tsp": "A teaspoon is about 4.929 millilitres.",
    "how many tsp in a tbsp": "A tablespoon is 3 teaspoons.",
    "how many oz in a lb": "A pound is 16 ounces.",
    "how many fl oz in a cup": "A cup is 8 fluid ounces.",
    "100 km/h in mph": "100 kilometres per hour is about 62.14 miles per hour.",
    "10 in to cm": "10 inches is 25.4 centimetres.",
    "20 sq ft in sq m": "20 square feet is about 1.858 square metres.",
    "what is 1/2 cup in ml": "0.5 cups is about 118.29 millilitres.",
    "what is ½ cup in ml": "0.5 cups is about 118.29 millilitres.",
    "what is half a cup in ml": "Half a cup is about 118.29 millilitres.",
    "what is 1/3 cup in ml": "A third cup is about 78.86 millilitres.",
    "1 1/2 cups in ml": "1.5 cups is about 354.88 millilitres.",
    "convert two and a half miles to kilometres": "2.5 miles is about 4.023 kilometres.",
    "a mile and a half in km": "1.5 miles is about 2.414 kilometres.",
    "how many minutes in an hour and a half": "1.5 hours is 90 minutes.",
    "what is 5 foot 11 in cm": "5 feet and 11 inches is 180.34 centimetres.",
    "what's 5'11\" in cm": "5 feet and 11 inches is 180.34 centimetres.",
    "what is 6 ft 2 in in cm": "6 feet and 2 inches is 187.96 centimetres.",
    "what is five feet six inches in centimetres": "5 feet and 6 inches is 167.64 centimetres.",
    "convert 1 hour 30 minutes to minutes": "1 hour and 30 minutes is 90 minutes.",
    "how many minutes in 2 hours and 15 minutes": "2 hours and 15 minutes is 135 minutes.",
    "what is 11 stone 4 in kg": "11 stone and 4 pounds is about 71.67 kilograms.",
    "convert 5 lb 4 oz to kg": "5 pounds and 4 ounces is about 2.381 kilograms.",
    "2 cups and 3 tbsp in ml": "2 cups and 3 tablespoons is about 517.54 millilitres.",
    "what is 5 feet 3 kilograms in cm": "I cannot turn feet into centimetres.",
}


@pytest.mark.parametrize("text", CONVERTED)
def test_conversion(marvin: Marvin, text: str) -> None:
    assert marvin.says(text) == CONVERTED[text]


def test_number_without_a_unit_is_not_guessed(marvin: Marvin) -> None:
    assert marvin.says("what is 5 metres 11 in cm") is None


def converted(
    registry: Any, value: Fraction, source: MeasureUnit, target: MeasureUnit
) -> Fraction | None:
    from pint import DimensionalityError

    try:
        result: Fraction = registry.Quantity(value, source.pint).to(target.pint).m
    except DimensionalityError:
        return None
    return result


def test_conversion_round_trips_for_every_pair_of_units() -> None:
    registry = UnitsSkill.load()._registry
    units = sorted(set(UNITS.values()), key=lambda unit: unit.pint)
    pairs = 0
    for source, target in product(units, units):
        for value in (Fraction(32), Fraction(1, 10), Fraction(-40)):
            there = converted(registry, value, source, target)
            if there is not None:
                assert converted(registry, there, target, source) == value, (source, target)
                pairs += 1
    assert pairs > 2_000
