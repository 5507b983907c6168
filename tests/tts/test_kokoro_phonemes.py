"""espeak-ng's IPA becomes Kokoro's, and punctuation is put back."""

# ruff: noqa: RUF001 (phonemes are written in IPA)

import json
from collections.abc import Callable, Iterator

import pytest

from marvin.backends.espeak.process import EspeakProcess
from marvin.tts.kokoro.kokoro_phonemes import phonemes, respelled, runs
from tests.published import published

Read = Callable[[str, str], str]


@pytest.fixture(scope="module")
def read() -> Iterator[Read]:
    process = EspeakProcess()
    yield lambda text, language: phonemes(
        text, language, lambda words: process.phonemes(words, language)
    )
    process.close()


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en-us", "Go now, boy!", "ɡˌO nˈW, bˈY!"),
        ("en-us", "a day by the church", "ɐ dˈA bI ðə ʧˈɜɹʧ"),
        ("en-us", "A button and a bottle.", "ɐ bˈʌtᵊn ænd ɐ bˈɑTᵊl."),
        ("en-us", "in the bus about a mile of a road", "ɪn ðə bˈʌs əbˌWt ɐ mˈIl əv ɐ ɹˈOd"),
        ("en-us", "I'm sure it has an end.", "ˌIm ʃˈʊɹ ɪt hæz ɐn ˈɛnd."),
        ("en-us", "I have butter of an hour", "ˌI hæv bˈʌTəɹ əv ɐn ˈWəɹ"),
        ("en-us", "thirteen fourteen protein", "θˌɜɹtˈin fˌɔɹtˈin pɹˈOtin"),
        ("en-us", "fifteen fifty sixteenth", "fˌɪftˈin fˈɪfti sˌɪkstˈinθ"),
        ("en-gb", "seventeen eighteen nineteen", "sˌɛvəntˈiːn ˌAtˈiːn nˌIntˈiːn"),
        ("en-gb", "The brother has another.", "ðə bɹˈʌðə haz ənˈʌðə."),
        ("en-us", "Hello", "həlˈO"),
        ("en-us", "better water", "bˈɛTəɹ wˈɔTəɹ"),
        ("en-gb", "No boat near the air", "nˈQ bˈQt nˌɪə ðɪ ˈɛː"),
        ("en-gb", "the judge's bird", "ðə ʤˈʌʤɪz bˈɜːd"),
        ("es", "¿Qué hora es? Son las tres.", "kˈe ˈoɾa ˈes? sˈon las tɾˈes."),
        ("it", "La pizza, grazie.", "la pˈiʦːa, ɡrˈaʦje."),
        ("hi", "अभी तीन बजे हैं।", "ˈʌbʰi tˈiːn bˈʌɟeː hɛ̃."),
    ],
)
def test_a_text_is_read(read: Read, language: str, text: str, expected: str) -> None:
    assert read(text, language) == expected


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("It is nine.", "."),
        ("Is it nine?", "?"),
        ("Well, now; this: that.", ",;:."),
        ("One. Two! Three?", ".!?"),
        ("No — wait - stop", "——"),
        ("The Pi (a small one) is on.", ",,."),
        ("Well... yes…", "……"),
        ("Really?!", "?"),
        ('"No," he said. "Yes."', ",.."),
        ("At 9:30 it was 3.5 or 1,000.", "."),
        ("At 3 p.m. on Monday J. Smith came.", "."),
        ("Yes.)", "."),
        ("f(x) well-known don't", ","),
    ],
)
def test_punctuation_is_put_back(text: str, marks: str) -> None:
    said = phonemes(text, "en-us", lambda words: "x" if words else "")
    assert "".join(one for one in said if one in ",;:.!?…—") == marks


@pytest.mark.parametrize("text", ["", "...", "(", " ,", "—"])
def test_marks_alone_are_nothing(text: str) -> None:
    assert phonemes(text, "en-us", lambda words: "") == ""


def test_marks_of_another_language_are_not_spoken() -> None:
    assert respelled("(en)wiːkˈɛnd(fr)", "fr") == "wiːkˈɛnd"


def test_a_full_stop_within_a_word_is_not_a_pause(read: Read) -> None:
    assert read("गाड़ी", "hi") == "ɡˈaːɽi"


@pytest.mark.parametrize("said", ["", "abc", "ab cd ef gh", "x" * 25, "ab " * 40])
def test_runs_are_short_and_lose_nothing(said: str) -> None:
    parts = list(runs(said, 10))
    assert all(len(part) <= 10 for part in parts)
    assert "".join(parts).replace(" ", "") == said.replace(" ", "")
    if " " in said:
        assert all(word in said.split() for part in parts for word in part.split())


@pytest.mark.parametrize("language", ["en-us", "en-gb", "es", "fr", "it", "pt-br", "hi"])
def test_the_published_vocabulary_has_every_phoneme(read: Read, language: str) -> None:
    vocabulary = json.loads((published("kokoro") / "config.json").read_text())["vocab"]
    text = {
        "es": "El niño come jamón, queso y churros en la calle. ¿Quién llegó al guateque?",
        "fr": "Un bon vin blanc, deux œufs, la fille et le grand oignon: je suis là, où êtes-vous?",
        "it": "Gli gnocchi e lo zucchero, la scuola, il ghiaccio; perché non c'è più pane?",
        "pt-br": "Não há pão, mãe; amanhã o senhor João trará queijo e maçã às três.",
        "hi": "नमस्ते, आज मौसम बहुत अच्छा है। क्या आप ठीक हैं?",
    }.get(language, "The quick brown fox measured the huge yellow judge, churches, boys and air.")
    unknown = set(read(text, language)) - set(vocabulary)
    assert unknown == set()
