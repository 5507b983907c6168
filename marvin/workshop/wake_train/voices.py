"""Speech from many voices: espeak-ng from its wheel, and flite and festival if installed.

Each synthesiser runs in a separate process.
"""

import io
import itertools
import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from marvin.backends.espeak.process import EspeakDiedError, EspeakProcess
from marvin.cancellation import CancelToken
from marvin.errors import ModelLoadError
from marvin.pcm import to_float32
from marvin.types import RATE_HZ, Samples

_ESPEAK_ACCENTS = (
    "en-us", "en-gb", "en-us-nyc", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan",
    "en-gb-x-gbcwmd", "en-029",
)  # fmt: skip
# Foreign accents for names: languages that read most names like English.
_ESPEAK_FOREIGN = ("de", "nl", "sv", "nb", "it", "pl", "cs", "fi", "hu", "ro", "id", "tr")
# Sound effects instead of voices.
_NOT_A_VOICE = re.compile(r"Demonic|UniRobot|robosoft|Robot|fast|RicishayMax")
_FESTIVAL = ("kal_diphone", "ked_diphone", "cmu_us_slt_arctic_hts")
_FESTIVAL_FOREIGN = (
    "lp_diphone", "pc_diphone", "hy_fi_mv_diphone", "suo_fi_lj_diphone", "czech_dita",
    "czech_krb", "czech_machac", "czech_ph", "upc_ca_ona_hts",
)  # fmt: skip
_HELD_OUT_FESTIVAL = "ked_diphone"
_HELD_OUT_SHARE = 8
_TRIM_DB = -38.0
_LONGEST_S = 120.0
"""Time limit for a synthesiser, whose speech is then discarded."""


@dataclass(frozen=True, slots=True)
class TrainingVoice:
    """A voice with tempo and pitch."""

    program: str
    """`espeak-ng`, `flite` or `festival`."""
    name: str
    """The voice's name in its program."""
    tempo: float = 1.0
    """Relative speaking rate; 1 is the voice's default."""
    pitch: float = 0.0
    """In [-1, 1]; 0 is the voice's default."""
    foreign: bool = False
    """Reads English with another language's rules: for single words only."""

    @property
    def words_per_minute(self) -> int:
        """For espeak-ng, quantised, because each process has a fixed rate."""
        return round(8.5 * self.tempo) * 20

    @property
    def base_pitch(self) -> int:
        """For espeak-ng, quantised, because each process has a fixed pitch."""
        return 50 + 12 * round(3 * self.pitch)

    @property
    def process(self) -> tuple[str, ...]:
        """Requests with equal values can share a process."""
        match self.program:
            case "espeak-ng":
                return (self.program, str(self.words_per_minute), str(self.base_pitch))
            case "flite":
                return (self.program,)
            case _:
                return (self.program, self.name)

    @property
    def held_out(self) -> bool:
        """Whether the voice is for evaluation only, regardless of tempo and pitch."""
        if self.program == "festival":
            return self.name == _HELD_OUT_FESTIVAL
        if self.program == "flite":
            return False
        variant = self.name.partition("+")[2]
        return sum(variant.encode()) % _HELD_OUT_SHARE == 0 and bool(variant)


class VoiceBox:
    """The installed voices.

    Raises:
        ModelLoadError: The espeak-ng wheel is missing or broken.
    """

    def __init__(self) -> None:
        with closing(EspeakProcess()) as process:
            process.start()
            names = process.voices()
        languages = [name for name in names if not name.startswith("+")]
        variants = [n for n in names if n.startswith("+") and not _NOT_A_VOICE.search(n)]
        self.english = {"espeak-ng": _combine(_ESPEAK_ACCENTS, languages, variants)}
        self.foreign = {"espeak-ng": _combine(_ESPEAK_FOREIGN, languages, variants)}
        if shutil.which("flite"):
            listed = _run(["flite", "-lv"]).decode().partition(":")[2].split()
            self.english["flite"] = [name for name in listed if name not in ("kal", "awb_time")]
        if shutil.which("festival"):
            known = set(_run(["festival", "-b", "(print (voice.list))"]).decode().split("("))
            found = " ".join(known).replace(")", "").split()
            self.english["festival"] = [name for name in _FESTIVAL if name in found]
            self.foreign["festival"] = [name for name in _FESTIVAL_FOREIGN if name in found]

    def draw(self, rng: random.Random, *, foreign: bool, held_out: bool) -> TrainingVoice:
        """A random voice; an English one if no such voice is installed."""
        for _ in range(400):
            voice = self._draw_any(rng, foreign)
            if voice.held_out == held_out:
                return voice
        raise ModelLoadError("espeak-ng has no voices: reinstall espeakng-loader")

    def _draw_any(self, rng: random.Random, foreign: bool) -> TrainingVoice:
        names = self.foreign if foreign and any(self.foreign.values()) else self.english
        programs = [program for program in names if names[program]]
        # espeak-ng has the most voices; the others sound more human.
        weights = [2.0 if program == "espeak-ng" else 1.0 for program in programs]
        program = rng.choices(programs, weights)[0]
        tempo = min(1.6, max(0.65, rng.gauss(1.0, 0.2)))
        return TrainingVoice(
            program,
            rng.choice(names[program]),
            tempo,
            rng.uniform(-1.0, 1.0),
            names is self.foreign,
        )


def speak(requests: Sequence[tuple[TrainingVoice, str]], *, jobs: int = 2) -> list[Samples]:
    """Trimmed speech for each request.

    Returns:
        Arrays of shape (samples,) at RATE_HZ with a peak of 0.5, in order; empty if a voice failed.
    """
    # A few dozen texts per process, because starting one costs more than speaking.
    together: dict[tuple[str, ...], list[int]] = {}
    for index, (voice, _) in enumerate(requests):
        together.setdefault(voice.process, []).append(index)
    batches = [
        indices[first : first + 50]
        for indices in together.values()
        for first in range(0, len(indices), 50)
    ]
    spoken: list[Samples] = [np.zeros(0, np.float32)] * len(requests)
    with ThreadPoolExecutor(jobs) as pool:
        speeches = pool.map(_speak_batch, [[requests[i] for i in batch] for batch in batches])
        for indices, audios in zip(batches, speeches, strict=True):
            for index, audio in zip(indices, audios, strict=True):
                spoken[index] = audio
    return spoken


def trim(samples: Samples, *, floor_db: float = _TRIM_DB) -> Samples:
    """Trim both ends to `floor_db` below the peak."""
    if not len(samples):
        return samples
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 10 ** (floor_db / 20))
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples[:0]


def _combine(wanted: Sequence[str], known: Sequence[str], variants: Sequence[str]) -> list[str]:
    accents = [name for name in wanted if name in known]
    return [f"{accent}{variant}" for accent, variant in itertools.product(accents, variants)]


def _run(command: Sequence[str]) -> bytes:
    try:
        done = subprocess.run(command, capture_output=True, timeout=_LONGEST_S, check=False)
    except subprocess.TimeoutExpired:
        return b""
    return done.stdout


def _speak_batch(batch: Sequence[tuple[TrainingVoice, str]]) -> list[Samples]:
    """Speech from one process, for requests with equal `process`."""
    match batch[0][0].program:
        case "espeak-ng":
            return _speak_espeak(batch)
        case "flite":
            return [_speak_flite(voice, text) for voice, text in batch]
        case _:
            return _speak_festival(batch)


def _speak_espeak(batch: Sequence[tuple[TrainingVoice, str]]) -> list[Samples]:
    spoken = []
    with closing(EspeakProcess(batch[0][0].words_per_minute, batch[0][0].base_pitch)) as process:
        for voice, text in batch:
            process.start()
            try:
                pcm = b"".join(process.speak(text, voice.name, CancelToken()))
            except EspeakDiedError:
                pcm = b""  # The process restarts with the next text.
            samples = to_float32(np.frombuffer(pcm, np.int16))
            spoken.append(_finished(samples, process.rate_hz))
    return spoken


def _speak_flite(voice: TrainingVoice, text: str) -> Samples:
    with tempfile.TemporaryDirectory(prefix="marvin-training-") as folder:
        path = Path(folder) / "speech.wav"
        stretch = f"duration_stretch={1 / voice.tempo:.3f}"
        f0 = f"int_f0_target_mean={140 * 2 ** (0.7 * voice.pitch):.0f}"
        command = ["flite", "-voice", voice.name, "--setf", stretch, "--setf", f0]
        # The leading space stops flite from reading a single word as a file name.
        _run([*command, "-t", f" {text}", "-o", str(path)])
        return _decode(path.read_bytes() if path.exists() else b"")


def _speak_festival(batch: Sequence[tuple[TrainingVoice, str]]) -> list[Samples]:
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

    if len(wav) <= 44:
        return np.zeros(0, np.float32)
    try:
        samples, rate_hz = soundfile.read(io.BytesIO(wav), dtype="float32")
    except soundfile.LibsndfileError:
        return np.zeros(0, np.float32)
    return _finished(samples, rate_hz)


def _finished(samples: Samples, rate_hz: int) -> Samples:
    import soxr

    if len(samples) and rate_hz != RATE_HZ:
        samples = soxr.resample(samples, rate_hz, RATE_HZ)
    trimmed = trim(np.asarray(samples, np.float32))
    peak = float(np.abs(trimmed).max()) if len(trimmed) else 0.0
    return (trimmed * (0.5 / peak)).astype(np.float32) if peak > 0 else trimmed[:0]
