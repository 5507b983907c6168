"""How voices of languages other than English get numbers."""

import random
from pathlib import Path

import pytest

from marvin.config.tts import (
    BarkConfig,
    EspeakConfig,
    MmsConfig,
    OpenAISpeechConfig,
    SpeechT5Config,
    SynthesizerConfig,
)
from marvin.tts.languages import as_read
from marvin.tts.normalization import normalize
from marvin.tts.normalization.numerals import numerals


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("de", "Um 14:30 Uhr, 9:00-17:00", "Um vierzehn Uhr dreißig, neun Uhr bis siebzehn Uhr"),
        ("de", "um 1:00, 14.30 Uhr", "um ein Uhr, vierzehn Uhr dreißig"),
        ("de", "Es kostet 27,50 €.", "Es kostet siebenundzwanzig Euro fünfzig."),
        ("de", "1 €, 0,99 €, € 5", "ein Euro, neunundneunzig Cent, fünf Euro"),
        ("de", "1.1.2025, am 2.1.2025", "erster Januar zweitausendfünfundzwanzig, am zweiten "
         "Januar zweitausendfünfundzwanzig"),
        ("de", "der 3. Oktober", "der dritte Oktober"),
        ("de", "Tel. 0170/1234567.", "Tel. null eins sieben null, eins zwei drei vier fünf sechs "
         "sieben."),
        ("de", "20-25 °C, -5 Grad", "20 bis 25 Grad Celsius, minus 5 Grad"),
        ("nl", "1.1.2025", "één januari tweeduizendvijfentwintig"),
        ("nl", "om 10:05 uur voor € 12,95", "om tien uur vijf voor twaalf euro vijfennegentig"),
        ("es", "el 21/11/2026 a las 14:30", "el veintiuno de noviembre de dos mil veintiséis a las "
         "catorce treinta"),
        ("es", "a la 1:05, 21 €", "a la una cero cinco, veintiún euros"),
        ("es", "27,50 €, -5 °C", "veintisiete euros con cincuenta, menos 5 grados Celsius"),
        ("es", "+34 612 345", "más tres cuatro, seis uno dos, tres cuatro cinco"),
        ("it", "il 1/1/2025 alle 14:30", "il primo gennaio duemilaventicinque alle quattordici e "
         "trenta"),
        ("it", "27,50 €, alle 10:00", "ventisette euro e cinquanta, alle dieci"),
        ("fr-FR", "le 01/01/2025 à 14h30", "le premier janvier deux mille vingt-cinq à quatorze "
         "heures trente"),
        ("fr", "de 9h à 17h", "de neuf heures à dix-sept heures"),
        ("fr", "à 21:05, 27,50 €", "à vingt et une heures cinq, vingt-sept euros cinquante"),
    ],
)  # fmt: skip
def test_dates_times_and_prices_of_other_languages_become_words(
    language: str, text: str, words: str
) -> None:
    assert normalize(text, language) == words
    assert normalize(words, language) == words


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "3,5 km, 1.234 Leute, Dr. A & B, 192.168.1.1, Version 1.2.3, 16:9, 10-3 gewonnen"),
        ("de", "31.13.2025, 14:30:15, im Jahr 1999, COVID-19, 50 %"),
        ("fr-FR", "J'ai 21 ans, 1 234 personnes."),
        ("es", "1.000.000 de personas"),
        ("pt_BR", "16, 21/11/2026, 14:30"),
        ("sv", "27,50 kr"),
        ("am", "5000000000"),
        ("xx", "1.1.2025"),
        ("", "21"),
    ],
)
def test_ambiguous_notation_is_left_to_the_voice(language: str, text: str) -> None:
    assert normalize(text, language) == text


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("de", "3,5 km, 1.234 Leute", "drei Komma fünf km, eintausendzweihundertvierunddreißig "
         "Leute"),
        ("fr", "J'ai 21 ans.", "J'ai vingt et un ans."),
        ("nl", "1.1.2025", "één.één.tweeduizendvijfentwintig"),
        ("es", "1.000.000", "un millón"),
        ("kk", "42", "қырық екі"),
        ("ja", "42", "四十二"),
        ("xx", "21 km", "21 km"),
        ("am", "5000000000", "5000000000"),
    ],
)  # fmt: skip
def test_voices_that_know_only_letters_get_every_number_in_words(
    language: str, text: str, words: str
) -> None:
    assert numerals(text, language) == words


def test_every_language_reads_every_number() -> None:
    dice = random.Random(1)
    languages = "ar az be bn ca cs cy da de eo es fa fi fr he hu id is it ja kk kn ko lt lv nb nl"
    languages += " no pl pt ro ru sk sl sr sv te th tr uk vi"
    for language in languages.split():
        for size in (*range(1, 14), 400):
            number = str(dice.randrange(10**size))
            for text in (number, f"{number}.{number[:2]}", f"{number},{number[:4]}", f"a{number}b"):
                words = numerals(normalize(text, language), language)
                assert not any(map(str.isdecimal, words))


@pytest.mark.parametrize(
    ("config", "read"),
    [
        (EspeakConfig(voice="en-us+f3"), "three point five kilometres, five euros."),
        (EspeakConfig(voice="de"), "3.5 km, fünf Euro."),
        (SpeechT5Config(), "three point five kilometres, five euros."),
        (BarkConfig(voice_preset="v2/de_speaker_3"), "3.5 km, fünf Euro."),
        (MmsConfig(model="facebook/mms-tts-deu"), "drei.fünf km, fünf Euro."),
        (MmsConfig(model="./no/such/folder"), "3.5 km, 5 €."),
        (OpenAISpeechConfig(), "3.5 km, 5 €."),
    ],
    ids=lambda value: getattr(value, "engine", ""),
)
def test_normalised_text_can_be_shown_for_each_voice(config: SynthesizerConfig, read: str) -> None:
    assert as_read("3.5 km, 5 €.", config) == read


def test_language_is_read_from_the_folder_of_an_mms_voice(tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text('{"language": "fra"}')
    assert as_read("J'ai 21 ans.", MmsConfig(model=str(tmp_path))) == "J'ai vingt et un ans."
    (tmp_path / "tokenizer_config.json").write_text("[")
    assert as_read("J'ai 21 ans.", MmsConfig(model=str(tmp_path))) == "J'ai 21 ans."
