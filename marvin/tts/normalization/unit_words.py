"""Units and money: how they are written and how they are said."""

import re


def _rows(text: str) -> dict[str, tuple[str, ...]]:
    rows = (line.split("|") for line in text.strip().splitlines())
    return {
        symbol: tuple(name.strip() for name in names)
        for symbols, *names in rows
        for symbol in symbols.split()
    }


UNITS = _rows("""
    °C ℃ | degree Celsius | degrees Celsius
    °F ℉ | degree Fahrenheit | degrees Fahrenheit
    ° | degree | degrees
    km | kilometre | kilometres
    m | metre | metres
    cm | centimetre | centimetres
    mm | millimetre | millimetres
    µm μm | micrometre | micrometres
    nm | nanometre | nanometres
    ft \u2032 | foot | feet
    yd | yard | yards
    mi | mile | miles
    ″ | inch | inches
    mph | mile per hour | miles per hour
    kph kmh km/h | kilometre per hour | kilometres per hour
    m/s | metre per second | metres per second
    kg | kilogram | kilograms
    g | gram | grams
    mg | milligram | milligrams
    µg μg mcg | microgram | micrograms
    lb lbs | pound | pounds
    oz | ounce | ounces
    l L | litre | litres
    ml mL | millilitre | millilitres
    cl cL | centilitre | centilitres
    dl dL | decilitre | decilitres
    ha | hectare | hectares
    floz | fluid ounce | fluid ounces
    tsp | teaspoon | teaspoons
    tbsp | tablespoon | tablespoons
    gal | gallon | gallons
    yr yrs | year | years
    wk wks | week | weeks
    h hr hrs | hour | hours
    min mins | minute | minutes
    s sec secs | second | seconds
    ms | millisecond | milliseconds
    kB KB | kilobyte | kilobytes
    MB | megabyte | megabytes
    GB | gigabyte | gigabytes
    TB | terabyte | terabytes
    KiB | kibibyte | kibibytes
    MiB | mebibyte | mebibytes
    GiB | gibibyte | gibibytes
    mpg | mile per gallon | miles per gallon
    mmHg | millimetre of mercury | millimetres of mercury
    ppm | part per million | parts per million
    kbps kb/s kbit/s | kilobit per second | kilobits per second
    Mbps Mb/s Mbit/s | megabit per second | megabits per second
    Gbps Gb/s Gbit/s | gigabit per second | gigabits per second
    Hz | hertz | hertz
    kHz | kilohertz | kilohertz
    MHz | megahertz | megahertz
    GHz | gigahertz | gigahertz
    V | volt | volts
    mV | millivolt | millivolts
    kV | kilovolt | kilovolts
    mA | milliampere | milliamperes
    mAh | milliampere hour | milliampere hours
    Ω | ohm | ohms
    W | watt | watts
    kW | kilowatt | kilowatts
    MW | megawatt | megawatts
    GW | gigawatt | gigawatts
    Wh | watt hour | watt hours
    kWh | kilowatt hour | kilowatt hours
    J | joule | joules
    kJ | kilojoule | kilojoules
    kcal | kilocalorie | kilocalories
    Nm N·m N⋅m | newton metre | newton metres
    kN | kilonewton | kilonewtons
    mol | mole | moles
    Pa | pascal | pascals
    hPa | hectopascal | hectopascals
    kPa | kilopascal | kilopascals
    psi | pound per square inch | pounds per square inch
    dB | decibel | decibels
    bpm | beat per minute | beats per minute
    fps | frame per second | frames per second
    rpm | revolution per minute | revolutions per minute
""")
"""Symbol: singular, plural. Left out is what is a word or a letter at least as often: in, A, K."""

MONEY = _rows("""
    $ | dollar | dollars | cent | cents
    US$ USD | US dollar | US dollars | cent | cents
    C$ CA$ CAD | Canadian dollar | Canadian dollars | cent | cents
    A$ AU$ AUD | Australian dollar | Australian dollars | cent | cents
    € EUR | euro | euros | cent | cents
    £ GBP | pound | pounds | penny | pence
    ¥ JPY | yen | yen | sen | sen
    CNY RMB | yuan | yuan | fen | fen
    ₹ INR | rupee | rupees | paisa | paise
    CHF | Swiss franc | Swiss francs | centime | centimes
    ₩ KRW | won | won | jeon | jeon
    ₽ RUB | rouble | roubles | kopeck | kopecks
    ₺ TRY | lira | lira | kurus | kurus
    ₴ UAH | hryvnia | hryvnias | kopiyka | kopiykas
    ₿ BTC | bitcoin | bitcoins | hundredth | hundredths
    R$ BRL | real | reais | centavo | centavos
    NZ$ NZD | New Zealand dollar | New Zealand dollars | cent | cents
    HK$ HKD | Hong Kong dollar | Hong Kong dollars | cent | cents
    S$ SGD | Singapore dollar | Singapore dollars | cent | cents
    MXN | Mexican peso | Mexican pesos | centavo | centavos
    SEK | Swedish krona | Swedish kronor | öre | öre
    NOK | Norwegian krone | Norwegian kroner | öre | öre
    DKK | Danish krone | Danish kroner | öre | öre
    zł PLN | zloty | zlotys | grosz | groszy
    Kč CZK | koruna | korunas | haler | halers
    ₪ ILS | shekel | shekels | agora | agorot
    ฿ THB | baht | baht | satang | satang
    ₱ PHP | Philippine peso | Philippine pesos | centavo | centavos
    ZAR | rand | rand | cent | cents
    ¢ | cent | cents | hundredth | hundredths
""")
"""Symbol or code: singular, plural, and the same of the hundredth."""

SCALES = {
    "k": "thousand",
    "m": "million",
    "mn": "million",
    "bn": "billion",
    "b": "billion",
    "tn": "trillion",
    "thousand": "thousand",
    "million": "million",
    "billion": "billion",
    "trillion": "trillion",
}

_POWERS = {"²": "square ", "³": "cubic ", "2": "square ", "3": "cubic "}


def _one_of(symbols: list[str]) -> str:
    """A pattern; of two that begin alike it takes the longer."""
    return "|".join(re.escape(symbol) for symbol in sorted(symbols, key=len, reverse=True))


UNIT = rf"(?:{_one_of(list(UNITS))})(?:[²³]|\^[23]|(?<=[ms])[23])?"
SIGN = _one_of([sign for sign in MONEY if not sign.isalpha()])
CODE = _one_of([code for code in MONEY if code.isalpha()])
SCALE = _one_of(list(SCALES))


def unit(symbol: str, *, one: bool) -> str:
    """`m²` as `square metre` or `square metres`; of `s²` the square is said behind it."""
    power = "" if symbol in UNITS else symbol[-1]
    base = symbol.rstrip("^²³23") if power else symbol
    singular, plural = UNITS[base]
    said = singular if one else plural
    if power and base.endswith("s"):
        return f"{said} {'squared' if power in '²2' else 'cubed'}"
    return f"{_POWERS[power]}{said}" if power else said
