"""Speech of many voices from the synthesisers of a Debian machine: espeak-ng, flite, festival."""

import io
import itertools
import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marvin.errors import ModelLoadError
from marvin.types import RATE_HZ, Samples

_ESPEAK_ACCENTS = (
    "en-us", "en-gb", "en-us-nyc", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan",
    "en-gb-x-gbcwmd", "en-029",
)  # fmt: skip
# Foreign speakers of a name; languages whose spelling rules read most names as English does.
_ESPEAK_FOREIGN = ("de", "nl", "sv", "nb", "it", "pl", "cs", "fi", "hu", "ro", "id", "tr")
# Sound effects rather than voices: they teach nothing about people.
_NOT_A_VOICE = re.compile(r"Demonic|UniRobot|robosoft|Robot|fast|RicishayMax")
_FESTIVAL = ("kal_diphone", "ked_diphone", "cmu_us_slt_arctic_hts")
_FESTIVAL_FOREIGN = (
    "lp_diphone", "pc_diphone", "hy_fi_mv_diphone", "suo_fi_lj_diphone", "czech_dita",
    "czech_krb", "czech_machac", "czech_ph", "upc_ca_ona_hts",
)  # fmt: skip
_HELD_OUT_FESTIVAL = "ked_diphone"
_HELD_OUT_SHARE = 8
_TRIM_DB = -38.0


@dataclass(frozen=True, slots=True)
class Voice:
    """One way of speaking."""

    program: str
    """`espeak-ng`, `flite` or `festival`."""
    name: str
    """The program's own name for the voice."""
    tempo: float = 1.0
    """Speaking rate; 1 is the voice's own."""
    pitch: float = 0.0
    """In [-1, 1]; 0 is the voice's own."""
    foreign: bool = False
    """Speaks English text by another language's rules: fit for single words only."""

    @property
    def held_out(self) -> bool:
        """Whether the voice is kept for evaluation: the same for every tempo and pitch."""
        if self.program == "festival":
            return self.name == _HELD_OUT_FESTIVAL
        if self.program == "flite":
            return False
        variant = self.name.partition("+")[2]
        return sum(variant.encode()) % _HELD_OUT_SHARE == 0 and bool(variant)


class VoiceBox:
    """The voices of this machine.

    Raises:
        ModelLoadError: None of the programs is installed.
    """

    def __init__(self) -> None:
        self.english: dict[str, list[str]] = {}
        self.foreign: dict[str, list[str]] = {}
        if shutil.which("espeak-ng"):
            variants = [name for name in _espeak_variants() if not _NOT_A_VOICE.search(name)]
            self.english["espeak-ng"] = _combine(_ESPEAK_ACCENTS, variants)
            self.foreign["espeak-ng"] = _combine(_ESPEAK_FOREIGN, variants)
        if shutil.which("flite"):
            names = _run(["flite", "-lv"]).decode().partition(":")[2].split()
            self.english["flite"] = [name for name in names if name not in ("kal", "awb_time")]
        if shutil.which("festival"):
            known = set(_run(["festival", "-b", "(print (voice.list))"]).decode().split("("))
            names = " ".join(known).replace(")", "").split()
            self.english["festival"] = [name for name in _FESTIVAL if name in names]
            self.foreign["festival"] = [name for name in _FESTIVAL_FOREIGN if name in names]
        if not any(self.english.values()):
            raise ModelLoadError(
                "training needs a speech synthesiser and found none of espeak-ng, flite, "
                "festival. Install them: sudo apt-get install espeak-ng flite festival"
            )

    def draw(self, rng: random.Random, *, foreign: bool, held_out: bool) -> Voice:
        """A random voice. Falls back to an English one where no such voice is installed."""
        for _ in range(400):
            voice = self._draw_any(rng, foreign)
            if voice.held_out == held_out:
                return voice
        raise ModelLoadError("no voice is left for evaluation: install espeak-ng")

    def _draw_any(self, rng: random.Random, foreign: bool) -> Voice:
        names = self.foreign if foreign and any(self.foreign.values()) else self.english
        programs = [program for program in names if names[program]]
        # espeak-ng has by far the most voices; the others sound more like people.
        weights = [2.0 if program == "espeak-ng" else 1.0 for program in programs]
        program = rng.choices(programs, weights)[0]
        tempo = min(1.6, max(0.65, rng.gauss(1.0, 0.2)))
        return Voice(
            program,
            rng.choice(names[program]),
            tempo,
            rng.uniform(-1.0, 1.0),
            names is self.foreign,
        )


def speak(requests: Sequence[tuple[Voice, str]], *, jobs: int = 2) -> list[Samples]:
    """Speech for each request, silence at both ends cut off.

    Returns:
        Arrays of shape (samples,) at RATE_HZ with a peak of 0.5, in the order of the requests;
        empty where a voice could not say the text.
    """
    spoken: list[Samples] = [np.zeros(0, np.float32)] * len(requests)
    by_festival_voice: dict[str, list[int]] = {}
    single: list[int] = []
    for index, (voice, _) in enumerate(requests):
        if voice.program == "festival":
            by_festival_voice.setdefault(voice.name, []).append(index)
        else:
            single.append(index)
    with ThreadPoolExecutor(jobs) as pool:
        for index, audio in zip(
            single, pool.map(_speak_one, [requests[i] for i in single]), strict=True
        ):
            spoken[index] = audio
        # One process says a few dozen texts: starting festival costs more than speaking.
        batches = [
            indices[first : first + 50]
            for indices in by_festival_voice.values()
            for first in range(0, len(indices), 50)
        ]
        for indices, audios in zip(
            batches,
            pool.map(_speak_festival, [[requests[i] for i in b] for b in batches]),
            strict=True,
        ):
            for index, audio in zip(indices, audios, strict=True):
                spoken[index] = audio
    return spoken


def trim(samples: Samples, *, floor_db: float = _TRIM_DB) -> Samples:
    """Cut what is quieter than `floor_db` below the peak from both ends."""
    if not len(samples):
        return samples
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 10 ** (floor_db / 20))
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples[:0]


def _espeak_variants() -> list[str]:
    listing = _run(["espeak-ng", "--voices=variant"]).decode().splitlines()[1:]
    return sorted(
        {line.split("!v/")[1].split("  ")[0].strip() for line in listing if "!v/" in line}
    )


def _combine(languages: Sequence[str], variants: Sequence[str]) -> list[str]:
    return [f"{a}+{b}" for a, b in itertools.product(languages, variants)]


def _run(command: Sequence[str]) -> bytes:
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    return done.stdout


def _speak_one(request: tuple[Voice, str]) -> Samples:
    voice, text = request
    if voice.program == "espeak-ng":
        speed, pitch = round(170 * voice.tempo), round(50 + 35 * voice.pitch)
        command = ["espeak-ng", "-v", voice.name, "-s", str(speed), "-p", str(pitch), "--stdout"]
        return _decode(_run([*command, "--", text]))
    with tempfile.TemporaryDirectory(prefix="marvin-training-") as folder:
        path = Path(folder) / "speech.wav"
        stretch = f"duration_stretch={1 / voice.tempo:.3f}"
        f0 = f"int_f0_target_mean={140 * 2 ** (0.7 * voice.pitch):.0f}"
        command = ["flite", "-voice", voice.name, "--setf", stretch, "--setf", f0]
        # A leading space makes flite take a single word for text, not for a file's name.
        _run([*command, "-t", f" {text}", "-o", str(path)])
        return _decode(path.read_bytes() if path.exists() else b"")


def _speak_festival(batch: Sequence[tuple[Voice, str]]) -> list[Samples]:
    with tempfile.TemporaryDirectory(prefix="marvin-training-") as folder:
        lines = [f"(voice_{batch[0][0].name})"]
        for index, (voice, text) in enumerate(batch):
            plain = re.sub(r"[^\w\s,.?'-]", "", text)
            path = Path(folder) / f"{index}.wav"
            lines.append(f"(Parameter.set 'Duration_Stretch {1 / voice.tempo:.3f})")
            speech = f'(utt.save.wave (utt.synth (Utterance Text "{plain}")) "{path}" \'riff)'
            lines.append(f"(unwind-protect {speech} nil)")
        script = Path(folder) / "batch.scm"
        script.write_text("\n".join(lines), encoding="ascii", errors="ignore")
        _run(["festival", "-b", str(script)])
        paths = [Path(folder) / f"{index}.wav" for index in range(len(batch))]
        return [_decode(path.read_bytes() if path.exists() else b"") for path in paths]


def _decode(wav: bytes) -> Samples:
    import soundfile
    import soxr

    if len(wav) <= 44:
        return np.zeros(0, np.float32)
    try:
        samples, rate_hz = soundfile.read(io.BytesIO(wav), dtype="float32")
    except soundfile.LibsndfileError:
        return np.zeros(0, np.float32)
    if rate_hz != RATE_HZ:
        samples = soxr.resample(samples, rate_hz, RATE_HZ)
    trimmed = trim(np.asarray(samples, np.float32))
    peak = float(np.abs(trimmed).max()) if len(trimmed) else 0.0
    return (trimmed * (0.5 / peak)).astype(np.float32) if peak > 0 else trimmed[:0]
