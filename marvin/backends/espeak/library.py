"""ctypes binding of espeak-ng, loaded in the child process only."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

_BUFFER_MS = 40
"""Callback interval, which is also the latency of a cancellation."""
_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_UTF8 = 1
_END_PAUSE = 0x1000
_IPA = 2
_RATE, _VOLUME, _PITCH = 1, 2, 3

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
    )


class UnknownVoiceError(Exception):
    """No such language, voice or variant."""


class Library:
    """One initialised espeak-ng."""

    def __init__(self, library: str, data: str, parameters: tuple[int, int, int]) -> None:
        self._lib = ctypes.CDLL(library)
        self._lib.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        self._lib.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._lib.espeak_SetVoiceByName.argtypes = (ctypes.c_char_p,)
        # espeak-ng limits the path to 160 bytes; a relative one always fits.
        os.chdir(Path(data).parent)
        self.rate_hz = int(self._lib.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, b".", _DONT_EXIT))
        if self.rate_hz <= 0:
            raise OSError(f"espeak-ng cannot read its data in {data}")
        self._emit: Callable[[bytes], bool] = lambda _: False
        # Keeps the callback alive: the library holds only a pointer.
        self._callback = _Callback(self._on_audio)
        self._lib.espeak_SetSynthCallback(self._callback)
        self._parameters = parameters
        self._voice = ""
        self._languages = self._list_voices()
        variants = Path(data, "voices", "!v")
        self._variants = {path.name.lower(): path.name for path in variants.glob("*")}

    def _list_voices(self) -> dict[str, str]:
        """Language codes and voice names in lower case -> identifier."""
        ranked: dict[str, tuple[int, str]] = {}
        voices = self._lib.espeak_ListVoices(None)
        index = 0
        while voices[index]:
            voice = voices[index].contents
            identifier = voice.identifier.decode()
            for key in (voice.name.decode(), identifier):
                ranked.setdefault(key.strip().lower(), (0, identifier))
            # Pairs of a priority byte and a C string, ended by priority 0.
            at = voice.languages
            while priority := ctypes.string_at(at, 1)[0]:
                code = ctypes.string_at(at + 1)
                best = ranked.get(code.decode().lower(), (256, ""))
                ranked[code.decode().lower()] = min(best, (priority, identifier))
                at += len(code) + 2
            index += 1
        return {key: identifier for key, (_, identifier) in ranked.items()}

    def names(self) -> list[str]:
        """All language codes and voice names, and all variants with a plus sign."""
        languages = [name for name in self._languages if "/" not in name]
        return sorted(languages) + [f"+{name}" for name in sorted(self._variants.values())]

    def select(self, voice: str) -> None:
        """Select a voice such as `de` or `en-gb+f3`; raises UnknownVoiceError."""
        if voice == self._voice:
            return
        language, plus, variant = voice.strip().lower().partition("+")
        identifier = self._languages.get(language) or self._languages.get(
            language.replace("_", "-")
        )
        if identifier is None or (plus and variant not in self._variants):
            raise UnknownVoiceError(voice)
        name = f"{identifier}+{self._variants[variant]}" if plus else identifier
        self._voice = ""
        if self._lib.espeak_SetVoiceByName(name.encode()) != 0:
            raise UnknownVoiceError(voice)
        self._voice = voice
        for parameter, value in zip((_RATE, _PITCH, _VOLUME), self._parameters, strict=True):
            self._lib.espeak_SetParameter(parameter, value, 0)
        if not self.phonemes("a"):
            # A few listed languages have no dictionary and would be silent.
            self._voice = ""
            raise UnknownVoiceError(voice)

    def speak(self, text: str, emit: Callable[[bytes], bool]) -> int:
        """Call `emit` with each piece of audio until it returns True. Returns espeak's status."""
        data = _c_string(text)
        self._emit = emit
        return int(
            self._lib.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8 | _END_PAUSE, None, None)
        )

    def _on_audio(self, samples: object, count: int, _events: object) -> int:
        if not samples or not count:
            return 0
        return int(self._emit(ctypes.string_at(samples, count * 2)))  # type: ignore[arg-type]

    def phonemes(self, text: str) -> str:
        """IPA of a text in the selected voice."""
        data = ctypes.c_char_p(_c_string(text))
        clauses = []
        # Each call takes one clause and advances the pointer, to NULL at the end.
        while data.value:
            clause = self._lib.espeak_TextToPhonemes(ctypes.byref(data), _UTF8, _IPA)
            clauses.append((clause or b"").decode("utf-8", "replace").strip())
        return " ".join(clause for clause in clauses if clause)


def _c_string(text: str) -> bytes:
    return text.replace("\0", " ").encode("utf-8", "replace")
