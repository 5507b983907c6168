"""Converts a finished WAV file to another format, chosen by file extension."""

from dataclasses import dataclass
from pathlib import Path

from marvin.audio.wavwriter import check_place, writing
from marvin.errors import AudioFileError


@dataclass(frozen=True, slots=True)
class Encoding:
    """A libsndfile format."""

    container: str
    subtype: str
    rate_hz: int | None = None
    """Fixed sample rate in Hz; None: that of the audio."""


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
    """The encoding for a file extension; None: WAV.

    Raises:
        AudioFileError: The format is not supported.
    """
    ending = path.suffix.lower()
    if ending in _WAV:
        return None
    encoding = _ENCODINGS.get(ending)
    if encoding is None or not _can_write(encoding):
        known = ", ".join((".wav", *(one for one, kind in _ENCODINGS.items() if _can_write(kind))))
        raise AudioFileError(f"{path}: cannot write {ending} files; use one of {known}")
    return encoding


def prepare(path: Path) -> Path:
    """Check that the target can be written; returns the path for the intermediate WAV file.

    Raises:
        AudioFileError: The target cannot be written.
    """
    with writing(path):
        check_place(path)
        path.open("ab").close()
    return path.with_name(f".{path.name}.wav")


def encode(wav: Path, path: Path, encoding: Encoding) -> None:
    """Raises AudioFileError if `path` cannot be written."""
    import soundfile

    try:
        with (
            soundfile.SoundFile(wav) as audio,
            soundfile.SoundFile(
                path, "w", audio.samplerate, 1, encoding.subtype, format=encoding.container
            ) as file,
        ):
            # In blocks: some encoders cannot take minutes of audio in one call.
            for block in audio.blocks(audio.samplerate, dtype="int16"):
                file.write(block)
    except (soundfile.LibsndfileError, OSError) as error:
        raise AudioFileError(
            f"{path} cannot be written: {error}; the recording is in {wav}"
        ) from error
    wav.unlink()


def _can_write(encoding: Encoding) -> bool:
    import soundfile

    return bool(soundfile.check_format(encoding.container, encoding.subtype))
