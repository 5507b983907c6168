"""Names of units."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeasureUnit:
    pint: str
    """Its name in pint."""
    one: str
    many: str


def _rows(text: str) -> dict[str, MeasureUnit]:
    """Units by all their names: `pint name | singular | plural | others, ...`."""
    units: dict[str, MeasureUnit] = {}
    for line in text.strip().splitlines():
        pint_name, one, many, others = (part.strip() for part in line.split("|"))
        unit = MeasureUnit(pint_name, one, many)
        for name in filter(None, (one, many, *map(str.strip, others.split(",")))):
            name = name.lower()
            units[name] = units[name.replace("metre", "meter").replace("litre", "liter")] = unit
    return units


UNITS = _rows("""
micrometer | micrometre | micrometres | micron, microns
millimeter | millimetre | millimetres | mm, mms
centimeter | centimetre | centimetres | cm, cms
meter | metre | metres | m
kilometer | kilometre | kilometres | km, kms, k m
inch | inch | inches | in
foot | foot | feet | ft
yard | yard | yards | yd, yds
mile | mile | miles | mi
nautical_mile | nautical mile | nautical miles | nmi
light_year | light year | light years |
microgram | microgram | micrograms | mcg
milligram | milligram | milligrams | mg
gram | gram | grams | g, gramme, grammes, gm
kilogram | kilogram | kilograms | kilo, kilos, kg, kgs
metric_ton | tonne | tonnes | ton, tons, metric ton, metric tons
ounce | ounce | ounces | oz
pound | pound | pounds | lb, lbs
metric_pound | metric pound | metric pounds |
metric_ounce | metric ounce | metric ounces |
stone | stone | stone | stones, st
milliliter | millilitre | millilitres | ml, mls, cc
centiliter | centilitre | centilitres | cl
deciliter | decilitre | decilitres | dl
liter | litre | litres | l
teaspoon | teaspoon | teaspoons | tsp, tsps
tablespoon | tablespoon | tablespoons | tbsp, tbsps, tbs
metric_teaspoon | metric teaspoon | metric teaspoons |
metric_tablespoon | metric tablespoon | metric tablespoons |
cup | cup | cups |
fluid_ounce | fluid ounce | fluid ounces | fl oz, floz
pint | pint | pints | pt, pts
quart | quart | quarts | qt, qts
gallon | gallon | gallons | gal, gals
imperial_gallon | imperial gallon | imperial gallons | british gallon, british gallons
imperial_pint | imperial pint | imperial pints | british pint, british pints
meter ** 3 | cubic metre | cubic metres | m cubed
centimeter ** 3 | cubic centimetre | cubic centimetres | cm cubed
foot ** 3 | cubic foot | cubic feet | cubic ft, cu ft, ft cubed
centimeter ** 2 | square centimetre | square centimetres | sq cm, cm squared
meter ** 2 | square metre | square metres | sq m, m squared
kilometer ** 2 | square kilometre | square kilometres | sq km, km squared
inch ** 2 | square inch | square inches | sq in
foot ** 2 | square foot | square feet | sq ft, square ft, ft squared
mile ** 2 | square mile | square miles | sq mi
acre | acre | acres |
hectare | hectare | hectares | ha
degC | degree Celsius | degrees Celsius | celsius, centigrade, degrees centigrade
degC | degree Celsius | degrees Celsius | degrees c, deg c, c
degF | degree Fahrenheit | degrees Fahrenheit | fahrenheit, degrees f, deg f, f
kelvin | kelvin | kelvin | kelvins, degrees kelvin, k
millisecond | millisecond | milliseconds | ms
second | second | seconds | sec, secs, s
minute | minute | minutes | min, mins
hour | hour | hours | hr, hrs, h
day | day | days |
week | week | weeks | wk, wks
fortnight | fortnight | fortnights |
month | month | months |
year | year | years | yr, yrs
decayear | decade | decades |
century | century | centuries |
kilometer / hour | kilometre per hour | kilometres per hour | kph, kmh, km h
mile / hour | mile per hour | miles per hour | mph
meter / second | metre per second | metres per second | m s
foot / second | foot per second | feet per second | ft s, fps
knot | knot | knots | kn, kts
byte | byte | bytes |
kilobyte | kilobyte | kilobytes | kb
megabyte | megabyte | megabytes | mb
gigabyte | gigabyte | gigabytes | gb
terabyte | terabyte | terabytes | tb
joule | joule | joules | j
kilojoule | kilojoule | kilojoules | kj
kilocalorie | kilocalorie | kilocalories | calorie, calories, kcal, cal
watt_hour | watt hour | watt hours | wh
kilowatt_hour | kilowatt hour | kilowatt hours | kwh
watt | watt | watts | w
kilowatt | kilowatt | kilowatts | kw
horsepower | horsepower | horsepower | hp
metric_horsepower | metric horsepower | metric horsepower |
bar | bar | bars |
psi | pound per square inch | pounds per square inch | psi
degree | degree | degrees | deg
radian | radian | radians | rad
""")

METRIC = {
    "metric_pound": "500 * gram",
    "metric_ounce": "100 * gram",
    "metric_teaspoon": "5 * milliliter",
    "metric_tablespoon": "15 * milliliter",
}
"""What pint lacks: the everyday pound, ounce and spoons of countries without imperial units."""
