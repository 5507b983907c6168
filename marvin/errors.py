"""Errors with a text that a user can act on.

    MarvinError                 exit code 1
    ├── ConfigError             78 (EX_CONFIG): systemd does not restart
    ├── AudioDeviceError        no PortAudio, no such device, device will not open
    ├── AudioFileError          input cannot be read, output cannot be written
    ├── ModelLoadError          a model or its program is missing or broken
    │   └── ModelMissingError   it was never fetched
    ├── DownloadError           a model cannot be fetched, or what came is broken
    ├── EngineHangsError        an engine hangs however often it is loaded (worker.py)
    ├── TrainingError           a wake word cannot be trained with what was given
    ├── BundleError             a support bundle cannot be written
    ├── ControlError            the running Marvin refuses, or there are two
    │   └── NoDaemonError       none runs
    └── StageError              one call failed; ends the turn, not the process
        ├── DeviceFailedError   no memory left, or gone: the model moves to another device
        ├── TranscriptionError
        ├── LanguageModelError
        ├── SkillError
        ├── SynthesisError
        └── PlaybackError       the loudspeaker is away; the next reply tries again

What the system refuses (threads, memory, a home folder, room for the output) has a text, too.
Anything else that is raised is a bug and keeps its traceback.
"""

import errno


class MarvinError(Exception):
    """Base of all errors that are shown to the user as one message, without a traceback."""

    exit_code = 1


class ConfigError(MarvinError):
    """The configuration is wrong. The message names every problem with its file and key."""

    exit_code = 78


class AudioDeviceError(MarvinError):
    """A sound device cannot be used."""


class AudioFileError(MarvinError):
    """An audio file cannot be read or written."""


class ModelLoadError(MarvinError):
    """An engine cannot start: a model, a library or a program is missing or broken."""


class ModelMissingError(ModelLoadError):
    """A model has not been fetched. The message says which, by which key, and how."""


class DownloadError(MarvinError):
    """A model cannot be fetched. The message says why, and what to do."""


class TrainingError(MarvinError):
    """A wake word cannot be trained with what was given. The message names every problem."""


class BundleError(MarvinError):
    """A support bundle cannot be written."""


class ControlError(MarvinError):
    """The running Marvin cannot do what it was asked for, or there would be two of it."""


class NoDaemonError(ControlError):
    """No Marvin runs that could be asked."""


class StageError(MarvinError):
    """One call of a stage failed."""

    stage = ""
    """Where, by the key of its table in models.toml; stamped on where it is first known."""


class DeviceFailedError(StageError):
    """A device has no memory left or does not work any more; another one may do."""


class TranscriptionError(StageError):
    """Speech to text failed."""

    stage = "stt"


class LanguageModelError(StageError):
    """The language model failed."""

    stage = "llm"


class SkillError(StageError):
    """A skill, or the user's own command, failed. The message is fit to be spoken."""

    stage = "skills"


class SynthesisError(StageError):
    """Speech synthesis failed."""

    stage = "tts"


class PlaybackError(StageError):
    """The loudspeaker was lost and has not come back in time."""

    stage = "tts"


def advice(error: BaseException) -> str | None:
    """What to tell the user who met it; None for a bug."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    text = str(error)
    match error:
        case MarvinError():
            return text
        case MemoryError():
            return (
                "there is no memory left: `marvin placement` shows what the models take, and"
                " `--profile embedded` needs least"
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
