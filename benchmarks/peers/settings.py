"""Settings and contenders shared by all parts of the peer benchmark."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.checkpoints import CHECKPOINTS, make_whisper, once
from benchmarks.peers.ctranslate2_model import GGML, convert
from benchmarks.peers.install import install, packages_of
from benchmarks.peers.processes import Contender


@dataclass(frozen=True)
class Bench:
    peers: Path
    """Folder of the peers' environment."""
    audio: Path
    """Folder for audio files."""
    threads: int
    repeats: int
    recordings: Path | None = None
    """Real recordings, for the cost of listening."""

    @property
    def python(self) -> Path:
        """The peers' Python; installs them if necessary."""
        return install(self.peers)

    def whisper(self, tokens: int) -> Path:
        """A checkpoint of base.en's size that writes `tokens` tokens."""
        folder = CHECKPOINTS / f"whisper-{tokens}"
        return once(folder, lambda place: make_whisper(place, tokens))

    def marvin(self, stack: ExitStack, dtype: str = "auto") -> Contender:
        return stack.enter_context(
            Contender("serve_marvin", dtype, self.threads, threads=self.threads)
        )

    def course(self, stack: ExitStack, cores: int | None = None) -> Contender:
        threads = self.threads
        return stack.enter_context(
            Contender("serve_course", CHECKPOINTS, threads, threads=threads, cores=cores)
        )

    def profile(self, stack: ExitStack, name: str) -> Contender:
        """Marvin's whole pipeline, which chooses its number of threads by the available cores."""
        cores = self.threads
        return stack.enter_context(Contender("serve_turn", name, threads=cores, cores=cores))

    def ctranslate2(self, stack: ExitStack, checkpoint: Path, compute_type: str) -> Contender:
        """faster-whisper with the same weights."""
        model = self._converted(checkpoint, compute_type)
        return self._peer(stack, "serve_faster_whisper", model, compute_type, self.threads)

    def whisper_cpp(self, stack: ExitStack, checkpoint: Path) -> Contender:
        """whisper.cpp with the same weights."""
        model = self._converted(checkpoint, GGML) / GGML
        return self._peer(stack, "serve_whisper_cpp", model, self.threads)

    def open_wake_word(self, stack: ExitStack) -> Contender:
        """pyopen-wakeword with its own weights."""
        return self._peer(stack, "serve_open_wake_word")

    def _converted(self, checkpoint: Path, form: str) -> Path:
        _ = self.python
        return convert(checkpoint, form, packages_of(self.peers))

    def _peer(self, stack: ExitStack, module: str, *arguments: object) -> Contender:
        contender = Contender(module, *arguments, threads=self.threads, python=self.python)
        return stack.enter_context(contender)
