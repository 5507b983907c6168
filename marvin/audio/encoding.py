"""Audio files other than WAV, by their endings: a finished WAV file is made into one."""

from dataclasses import dataclass
from pathlib import Path

from marvin.audio.wavwriter import check_place, writing
from marvin.errors import AudioFileError


@dataclass(frozen=True, slots=True)
class Encoding:
    """A kind of file, as libsndfile calls it."""

    container: str
    subtype: str
    rate_hz: int | None = None
    """The only one that is written; None: that of the audio."""


_WAV = ("", ".wav", ".wave")
_ENCODINGS = {
    ".flac": Encoding("FLAC", "PCM_16"),
    ".mp3": Encoding("MP3", "MPEG_LAYER_III"),
    ".ogg": Encoding("OGG", "VORBIS"),
    ".oga": Encoding("OGG", "VORBIS"),
    ".opus": Encoding("OGG", "OPUS", 24_000),
    ".aiff": Encoding("AIFF", "PCM_16"),
    ".aif": Encoding("AIFF", "PCM_16"),
    ".au": Encoding("AU", "PCM_16"),
    ".caf": Encoding("CAF", "PCM_16"),
}


def encoding_for(path: Path) -> Encoding | None:
    """What the file's ending asks for; None: WAV.

    Raises:
        AudioFileError: Nothing of the kind can be written.
    """
    ending = path.suffix.lower()
    if ending in _WAV:
        return None
    encoding = _ENCODINGS.get(ending)
    if encoding is None or not _can_write(encoding):
        known = ", ".join((".wav", *(one for one, kind in _ENCODINGS.items() if _can_write(kind))))
        raise AudioFileError(f"{path}: no {ending} file can be written; use one of {known}")
    return encoding


def prepare(path: Path) -> Path:
    """Where the WAV file is to be, once it is sure that the other one can be written.

    Raises:
        AudioFileError: It cannot.
    """
    with writing(path):
        check_place(path)
        path.open("ab").close()
    return path.with_name(f".{path.name}.wav")


def encode(wav: Path, path: Path, encoding: Encoding) -> None:
    """Make a WAV file into another one.

    Raises:
        AudioFileError: It cannot be written.
    """
    import soundfile

    try:
        with (
            soundfile.SoundFile(wav) as audio,
            soundfile.SoundFile(
                path, "w", audio.samplerate, 1, encoding.subtype, format=encoding.container
            ) as file,
        ):
            # Block by block: some encoders do not take minutes at a time.
            for block in audio.blocks(audio.samplerate, dtype="int16"):
                file.write(block)
    except (soundfile.LibsndfileError, OSError) as error:
        raise AudioFileError(
            f"{path} cannot be written: {error}; what was said is in {wav}"
        ) from error
    wav.unlink()


def _can_write(encoding: Encoding) -> bool:
    import soundfile

    return bool(soundfile.check_format(encoding.container, encoding.subtype))
