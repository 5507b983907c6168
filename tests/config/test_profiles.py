"""Choosing a profile for described hardware, and what its tables need."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from marvin.config import load_config, loading
from marvin.config.generate import generate
from marvin.config.loading import load_profiles
from marvin.config.needs import needs
from marvin.config.profiles import (
    ChosenProfile,
    MachineSummary,
    ProfileCandidate,
    best_for,
    best_ready,
    drives,
    fast,
    or_smaller,
    this_machine,
)
from marvin.config.shipped_profiles import PROFILES
from marvin.config.summary import summary
from marvin.config.tables import Config, ProfileConfig

GPU = ProfileConfig(gpu=True, min_memory_gb=12)
LAPTOP = ProfileConfig(min_memory_gb=7)
STARTER = ProfileConfig(min_memory_gb=3.5, fast_cpu=True)
PI = ProfileConfig(min_memory_gb=3)
NOTHING = {
    "gpu": ("big/model",),
    "laptop": ("small/model",),
    "starter": ("smaller/model",),
    "pi": ("tiny/model",),
}


def candidates(**missing: tuple[str, ...]) -> dict[str, ProfileCandidate]:
    """The shipped profiles; each lacks the models that are named."""
    wants = {
        "gpu": GPU, "laptop": LAPTOP, "starter": STARTER, "pi": PI, "embedded": ProfileConfig(),
    }  # fmt: skip
    return {name: ProfileCandidate(want, missing.get(name, ())) for name, want in wants.items()}


WORKSTATION = MachineSummary(33.5, gpu=True)
NOTEBOOK = MachineSummary(8.2, gpu=False)
NETBOOK = MachineSummary(4.0, gpu=False)
PI_4 = MachineSummary(3.98, gpu=False, fast_cpu=False)
PI_ZERO = MachineSummary(0.5, gpu=False)
PULL_LAPTOP = "Profile laptop is better: `marvin models pull laptop` fetches its models."


@pytest.mark.parametrize(
    ("machine", "missing", "name", "why"),
    [
        (WORKSTATION, {}, "gpu", "the best for this machine"),
        (
            WORKSTATION,
            NOTHING,
            "embedded",
            "Profile gpu is better: `marvin models pull gpu` fetches its models.",
        ),
        (WORKSTATION, {"gpu": ("big/model",)}, "laptop", "`marvin models pull gpu`"),
        (NOTEBOOK, {}, "laptop", "gpu needs a GPU that torch can use and 12 GB of memory"),
        (NOTEBOOK, NOTHING, "embedded", PULL_LAPTOP),
        (NOTEBOOK, {"laptop": ("a/b", "c/d")}, "starter", PULL_LAPTOP),
        (NETBOOK, {}, "starter", "laptop needs 7 GB of memory"),
        (PI_4, {}, "pi", "starter needs a faster CPU"),
        (PI_4, {}, "pi", "laptop needs 7 GB of memory"),
        (PI_4, NOTHING, "embedded", "`marvin models pull pi`"),
        (PI_ZERO, {}, "embedded", "pi needs 3 GB of memory"),
    ],
)
def test_auto_takes_the_best_ready_profile_and_says_why(
    machine: MachineSummary, missing: dict[str, tuple[str, ...]], name: str, why: str
) -> None:
    choice = best_ready(candidates(**missing), machine)
    assert choice.name == name
    line = summary(choice, Config())
    assert why in line
    assert "\n" not in line
    assert line.count("`marvin models pull") <= 1, "the best possible profile is good enough"


def test_without_a_usable_profile_it_falls_back_to_embedded() -> None:
    assert best_ready({"gpu": ProfileCandidate(GPU)}, PI_ZERO).name == "embedded"


def test_first_line_names_the_engines_of_the_profile() -> None:
    embedded = best_ready(candidates(**NOTHING), NOTEBOOK)
    assert summary(embedded, Config()) == (
        "Profile embedded (the best whose models are here) hears only the commands of its skills "
        "(pocketsphinx), answers by its skills alone, without a language model, and speaks with "
        f"espeak-ng. {PULL_LAPTOP} Profile gpu needs a GPU that torch can use and 12 GB of memory."
    )
    tables = {
        "stt": {"engine": "whisper"},
        "llm": {"engine": "chat", "base_url": "https://me:secret@example.org/v1", "model": "big"},
        "tts": {"engine": "speecht5"},
    }
    line = summary(ChosenProfile("mine", "as configured"), Config.model_validate(tables))
    assert line == (
        "Profile mine (as configured) hears any words with openai/whisper-base.en, answers by its "
        "skills and big on a server, and speaks with microsoft/speecht5_tts."
    )


def test_smaller_profile_is_taken_where_the_machine_does_not_suit_it() -> None:
    assert or_smaller("starter", candidates(**NOTHING), WORKSTATION) == "starter"
    assert or_smaller("starter", candidates(**NOTHING), PI_4) == "pi"
    assert or_smaller("gpu", candidates(**NOTHING), NETBOOK) == "starter"
    assert or_smaller("laptop", candidates(**NOTHING), PI_ZERO) == "embedded"


def test_models_to_fetch_depend_only_on_the_machine() -> None:
    assert best_for(candidates(**NOTHING), WORKSTATION) == "gpu"
    assert best_for(candidates(**NOTHING), NOTEBOOK) == "laptop"
    assert best_for(candidates(**NOTHING), PI_4) == "pi"
    assert best_for(candidates(**NOTHING), PI_ZERO) == "embedded"


@pytest.mark.parametrize(
    ("cpuinfo", "found"),
    [
        ("model name\t: Some CPU\nflags\t\t: fpu avx avx2 fma\n", True),
        ("flags\t\t: fpu sse4_2 avx\nbugs\t\t: no avx2\n", False),
        ("BogoMIPS\t: 108.00\nFeatures\t: fp asimd asimdhp asimddp\n", False),
        ("BogoMIPS\t: 108.00\nFeatures\t: fp asimd asimddp i8mm bf16\n", True),
        ("Features\t: fp asimd evtstrm crc32 cpuid\n", False),
        ("", False),
    ],
    ids=["x86-64", "an old one", "Raspberry Pi 5", "ARM server", "Raspberry Pi 4", "none"],
)
def test_a_fast_cpu_has_vectors_for_int8(cpuinfo: str, found: bool) -> None:
    assert fast(cpuinfo) is found


def test_memory_of_this_machine_is_read() -> None:
    assert this_machine().memory_gb > 0.5


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("cuda: Optional[str] = None\nhip: Optional[str] = None\nxpu = None", set()),
        ("__version__ = '2.13.0+cu128'\ncuda: Optional[str] = '12.8'\nhip = None", {"cuda"}),
        ("cuda = None\nhip: Optional[str] = '6.4'", {"hip"}),
        ("cuda: Optional[str] = None\nxpu: Optional[str] = '20250101'", {"xpu"}),
    ],
)
def test_torch_build_is_read_without_importing_torch(lines: str, found: set[str]) -> None:
    assert drives(lines) == found


def test_profile_whose_package_is_not_installed_is_skipped() -> None:
    lacking = candidates(**NOTHING)
    lacking["laptop"] = ProfileCandidate(ProfileConfig(), packages=("somenet", "othernet"))
    chosen = best_ready(lacking, NOTEBOOK)
    assert chosen.name != "laptop"
    assert "Profile laptop needs somenet and othernet: `pip install somenet othernet`." in (
        chosen.better
    )


def names(tables: dict[str, object]) -> dict[str, str]:
    return {need.key: need.name for need in needs(Config.model_validate(tables))}


def test_needs_are_read_from_the_tables() -> None:
    assert names({}) == {}
    assert names({"stt": {"engine": "moonshine"}}) == {"stt.model": "UsefulSensors/moonshine-tiny"}
    assert names({"wake": {"engine": "ast", "model": "owner/ast"}}) == {"wake.model": "owner/ast"}
    assert names({"tts": {"engine": "speecht5", "model": "/my/model"}}) == {
        "tts.model": "/my/model",
        "tts.vocoder": "microsoft/speecht5_hifigan",
        "tts.speaker": "Matthijs/cmu-arctic-xvectors",
    }
    assert "tts.speaker" not in names({"tts": {"engine": "speecht5", "speaker": "me/anna.npy"}})


def test_local_fallbacks_are_needed_and_servers_are_not() -> None:
    fallbacks = [{"engine": "transformers", "model": "owner/small"}, {"engine": "none"}]
    llm = {"engine": "chat", "model": "owner/served", "fallbacks": fallbacks}
    assert names({"llm": llm}) == {"llm.fallbacks[0].model": "owner/small"}
    assert names({"stt": {"engine": "openai"}, "tts": {"engine": "openai"}}) == {}


def test_shipped_profiles_are_valid_and_keep_their_claims() -> None:
    profiles = tomllib.loads(PROFILES)["profiles"]
    stages: dict[str, dict[str, object]] = {
        name: {key: value for key, value in profile.items() if isinstance(value, dict)}
        for name, profile in profiles.items()
    }
    assert list(names(stages["pi"])) == ["stt.model", "llm.model"]
    assert len(names(stages["laptop"])) == len(names(stages["gpu"])) == 5
    assert names(stages["embedded"]) == {}


@pytest.fixture
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models.toml on a machine where nothing was fetched."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    shipped = tmp_path / "shipped.toml"
    shipped.write_text(generate())
    monkeypatch.setattr(loading, "shipped_path", lambda: shipped)
    monkeypatch.delenv("MARVIN_CONFIG", raising=False)
    return tmp_path / "mine.toml"


def test_user_s_own_folder_makes_a_profile_ready(user_file: Path, tmp_path: Path) -> None:
    text = '[profiles.mine.stt]\nengine = "whisper"\nmodel = "{}"\n'
    user_file.write_text(text.format(tmp_path / "my-whisper"))
    assert load_profiles(user_file)[0]["mine"].missing == (str(tmp_path / "my-whisper"),)
    (tmp_path / "my-whisper").mkdir()
    assert load_profiles(user_file)[0]["mine"].missing == ()


def test_auto_skips_a_profile_that_conflicts_with_the_user_s_keys(
    user_file: Path,
) -> None:
    # `voice` is a key of espeak, which this file does not name; the profile has another engine.
    user_file.write_text('[tts]\nvoice = "en-us"\n')
    wrong = load_profiles(user_file)[0]["laptop"].wrong
    assert wrong == f"{user_file}: tts.voice: unknown key"
    loaded = load_config(user_file)
    assert loaded.profile == "embedded"
    assert getattr(loaded.config.tts, "voice", None) == "en-us"


def test_choosing_uses_no_network_and_no_torch(user_file: Path, tmp_path: Path) -> None:
    user_file.write_text(
        '[profiles.mine.stt]\nengine = "whisper"\nmodel = "nobody/has-this"\n'
        '[profiles.mine.tts]\nengine = "speecht5"\n'
    )
    code = (
        "import json, socket, sys\n"
        "def refuse(*_): raise SystemExit('the network was asked')\n"
        "socket.socket.connect = refuse\n"
        "socket.getaddrinfo = refuse\n"
        "from pathlib import Path\n"
        "from marvin.config import load_config\n"
        f"loaded = load_config(Path({str(user_file)!r}))\n"
        "print(json.dumps([loaded.profile, 'torch' in sys.modules]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True
    )
    assert json.loads(done.stdout) == ["embedded", False]
