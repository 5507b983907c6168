"""Errors with messages that a user can act on.

    MarvinError                 exit code 1
    ├── ConfigError             78 (EX_CONFIG): systemd does not restart
    ├── AudioDeviceError        no PortAudio, no such device, device will not open
    ├── AudioFileError          input cannot be read, output cannot be written
    ├── ModelLoadError          a model or its program is missing or broken
    │   └── ModelMissingError   it was never fetched
    ├── DownloadError           a model cannot be fetched, or the download is corrupt
    │   └── SourceUnreachableError   the Hub or a package registry cannot be reached
    ├── EngineHangsError        an engine hangs, even after reloading (engines/workers)
    ├── TrainingError           a wake word cannot be trained with the given data
    ├── EnrolmentError          a voice cannot be enrolled, or its file is damaged
    ├── BundleError             a support bundle cannot be written
    ├── ControlError            the running Marvin refuses, or another one already runs
    │   └── NoDaemonError       none is running
    ├── ServerError             a server for other programs cannot listen
    └── StageError              one call failed; ends the turn, not the process
        ├── DeviceFailedError   out of memory, or gone: the model moves to another device
        ├── TranscriptionError
        ├── LanguageModelError
        ├── SkillError
        ├── HomeAssistantError
        ├── SynthesisError
        └── PlaybackError       the speaker is gone; the next reply tries again

What the system refuses (threads, memory, a home folder, room for the output) has a text, too.
Anything else that is raised is a bug and keeps its traceback.
"""

import errno


class MarvinError(Exception):
    """Base of all errors shown to the user as one message, without a traceback."""

    exit_code = 1


class ConfigError(MarvinError):
    """The message lists every problem with its file and key."""

    exit_code = 78


class AudioDeviceError(MarvinError):
    """A sound device cannot be used."""


class AudioFileError(MarvinError):
    """An audio file cannot be read or written."""


class ModelLoadError(MarvinError):
    """An engine cannot start: a model, a library or a program is missing or broken."""


class ModelMissingError(ModelLoadError):
    """The message names the model, its config key, and the command that fetches it."""


class DownloadError(MarvinError):
    """The message says why, and what to do."""


class SourceUnreachableError(DownloadError):
    """A server that models come from cannot be reached."""


class TrainingError(MarvinError):
    """The message lists every problem with the training data."""


class EnrolmentError(MarvinError):
    """A voice cannot be enrolled, or is not."""


class BundleError(MarvinError):
    """A support bundle cannot be written."""


class ControlError(MarvinError):
    """The running Marvin cannot do what was requested, or another one already runs."""


class NoDaemonError(ControlError):
    """No Marvin is running."""


class ServerError(MarvinError):
    """A server for other programs cannot listen, or its package is missing."""


class StageError(MarvinError):
    """One call of a stage failed."""

    stage = ""
    """Where, by the key of its table in models.toml; stamped on where it is first known."""


class DeviceFailedError(StageError):
    """A compute device is out of memory or has failed; another one may work."""


class TranscriptionError(StageError):
    """Speech to text failed."""

    stage = "stt"


class LanguageModelError(StageError):
    """The language model failed."""

    stage = "llm"


class SkillError(StageError):
    """A skill or a user command failed. The message can be spoken as it is."""

    stage = "skills"


class HomeAssistantError(StageError):
    """Home Assistant did not answer, or not in its way."""

    stage = "home_assistant"

    def __init__(self, message: str, notice: str) -> None:
        """`notice` is what the user is told, `translatable`."""
        super().__init__(message)
        self.notice = notice


class SynthesisError(StageError):
    """Speech synthesis failed."""

    stage = "tts"


class PlaybackError(StageError):
    """The speaker was lost and did not come back in time."""

    stage = "tts"


def first_error(error: BaseException) -> BaseException:
    """Unwrap the first error from nested exception groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def advice(error: BaseException) -> str | None:
    """What the user can do about a system error; None for a bug."""
    error = first_error(error)
    text = str(error)
    match error:
        case MarvinError():
            return text
        case MemoryError():
            return (
                "out of memory: `marvin placement` shows what the models need, and"
                " `--profile embedded` needs the least"
            )
        case RuntimeError() if "start new thread" in text:
            return (
                "the system allows no more threads, or has no memory for them: raise the limit"
                " (`ulimit -u`, `ulimit -v`, or TasksMax= of the service), or end other programs"
            )
        case OSError(errno=errno.EMFILE | errno.ENFILE):
            return "the system allows no more open files: raise the limit (`ulimit -n`)"
        case RuntimeError() if "home directory" in text:
            return "this user has no home folder: set HOME to a folder that Marvin may write to"
        case OSError(errno=errno.ENOSPC | errno.EDQUOT | errno.EIO, filename=None):
            return f"the output cannot be written: {error.strerror}"
    return None
