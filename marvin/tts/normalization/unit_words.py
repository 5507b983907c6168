"""Units and money: written and spoken forms."""

import re

_PREFIXES = {
    "n": "nano", "µ": "micro", "μ": "micro", "m": "milli", "c": "centi", "d": "deci", ".": "",
    "h": "hecto", "k": "kilo", "K": "kilo", "M": "mega", "G": "giga", "T": "tera", "Ki": "kibi",
    "Mi": "mebi", "Gi": "gibi",
}  # fmt: skip
"""`.` is the unit without a prefix."""


def _rows(text: str) -> dict[str, tuple[str, ...]]:
    rows = ([part.strip() for part in line.split("|")] for line in text.strip().splitlines())
    return {symbol: tuple(names) for symbols, *names in rows for symbol in symbols.split()}


def _units(text: str) -> dict[str, tuple[str, str]]:
    return {
        prefix.removeprefix(".") + symbol: (_PREFIXES[prefix] + one, _PREFIXES[prefix] + many)
        for symbol, (one, many, *prefixes) in _rows(text).items()
        for prefix in (prefixes[0] if prefixes else ".").split()
    }


UNITS = _units("""
    °C ℃ | degree Celsius | degrees Celsius
    °F ℉ | degree Fahrenheit | degrees Fahrenheit
    ° | degree | degrees
    m | metre | metres | . k c m µ μ n
    ft \u2032 | foot | feet
    yd | yard | yards
    mi | mile | miles
    ″ | inch | inches
    mph | mile per hour | miles per hour
    kph kmh km/h | kilometre per hour | kilometres per hour
    m/s | metre per second | metres per second
    g | gram | grams | . k m µ μ
    mcg | microgram | micrograms
    lb lbs | pound | pounds
    oz | ounce | ounces
    l L | litre | litres | . m c d
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
    B | byte | bytes | k K M G T Ki Mi Gi
    bps b/s bit/s | bit per second | bits per second | k M G
    mpg | mile per gallon | miles per gallon
    mmHg | millimetre of mercury | millimetres of mercury
    ppm | part per million | parts per million
    Hz | hertz | hertz | . k M G
    V | volt | volts | . m k
    A | ampere | amperes | m
    Ah | ampere hour | ampere hours | m
    Ω | ohm | ohms
    W | watt | watts | . k M G
    Wh | watt hour | watt hours | . k
    J | joule | joules | . k
    kcal | kilocalorie | kilocalories
    Nm N·m N⋅m | newton metre | newton metres
    N | newton | newtons | k
    mol | mole | moles
    Pa | pascal | pascals | . h k
    psi | pound per square inch | pounds per square inch
    dB | decibel | decibels
    bpm | beat per minute | beats per minute
    fps | frame per second | frames per second
    rpm | revolution per minute | revolutions per minute
""")
"""Symbol: singular, plural. Without those that are usually words or letters: in, A, K."""

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
"""Symbol or code: singular, plural, and both again for the subunit."""

SCALES = {
    "k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion",
    "tn": "trillion", "thousand": "thousand", "million": "million", "billion": "billion",
    "trillion": "trillion",
}  # fmt: skip

_POWERS = {"²": "square ", "³": "cubic ", "2": "square ", "3": "cubic "}


def _one_of(symbols: list[str]) -> str:
    """A pattern that prefers the longer of two symbols with a common prefix."""
    return "|".join(re.escape(symbol) for symbol in sorted(symbols, key=len, reverse=True))


UNIT = rf"(?:{_one_of(list(UNITS))})(?:[²³]|\^[23]|(?<=[ms])[23])?"
SIGN = _one_of([sign for sign in MONEY if not sign.isalpha()])
CODE = _one_of([code for code in MONEY if code.isalpha()])
SCALE = _one_of(list(SCALES))


def unit(symbol: str, *, one: bool) -> str:
    """`m²` as `square metre` or `square metres`, but `s²` as `second squared`."""
    power = "" if symbol in UNITS else symbol[-1]
    base = symbol.rstrip("^²³23") if power else symbol
    singular, plural = UNITS[base]
    said = singular if one else plural
    if power and base.endswith("s"):
        return f"{said} {'squared' if power in '²2' else 'cubed'}"
    return f"{_POWERS[power]}{said}" if power else said
