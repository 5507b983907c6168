"""Maps espeak-ng's IPA to the phones of the recogniser's dictionary."""

import pytest

from marvin.backends.sphinx.pronunciation import arpabet

# ruff: noqa: RUF001 - IPA looks like Latin on purpose.


@pytest.mark.parametrize(
    ("ipa", "phones"),
    [
        ("ʌnmjˈuːt", "AH N M Y UW T"),
        ("məɹˈɑːmbə", "M AH R AA M B AH"),
        ("fˈaɪɚ", "F AY ER"),
        ("wˈɔːtə", "W AO T AH"),
        ("bˈɑːɾəl", "B AA T AH L"),
        ("bˈʌʔn̩", "B AH T AH N"),
        ("tʃˈɛdɚ dʒˈeɪ", "CH EH D ER JH EY"),
        ("ɹˈoʊzᵻz", "R OW Z IH Z"),
        ("nˈɜːɹs", "N ER S"),
        ("ˈælbɪən", "AE L B IH AH N"),
        ("zˈəʊi", "Z OW IY"),
        ("fʁɑ̃swˈaz", "F R AA S W AE Z"),
        ("", ""),
        ("1 ˈː", ""),
    ],
)
def test_phones(ipa: str, phones: str) -> None:
    assert arpabet(ipa) == phones


def test_result_has_only_phones_of_the_dictionary() -> None:
    known = (
        "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH "
        "UW V W Y Z ZH"
    )
    sounds = "aɪaʊeɪoʊəʊɔɪtʃdʒiɪᵻyeɛøœæaɑɒɔoʊuʌəɐɜɝɚpbtdɾʔkɡgfvβθðszʃçʒhxmnɲŋlɬɫɹrʁwʍj"
    assert {*arpabet(sounds).split()} <= {*known.split()}
