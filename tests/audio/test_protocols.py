"""Lets the type checker compare the classes of audio/ and tts/ with their protocols."""

from pathlib import Path

from marvin.audio.capture import Microphone
from marvin.audio.playback import Speaker
from marvin.audio.wavfile import WavSink, WavSource
from marvin.backends.espeak.process import EspeakProcess
from marvin.protocols import AudioSink, AudioSource, Synthesizer
from marvin.tts.espeak import EspeakSynthesizer


def test_constructors_do_no_io_and_match_the_protocols() -> None:
    sources: list[AudioSource] = [Microphone(), WavSource("nowhere.wav")]
    speaker = Speaker()
    sinks: list[AudioSink] = [speaker, WavSink("nowhere/a.wav", play_through=speaker)]
    voices: list[Synthesizer] = [EspeakSynthesizer(EspeakProcess(), "en-gb")]
    assert [source.live for source in sources] == [True, False]
    assert len(sinks) + len(voices) == 3
    assert not Path("nowhere").exists()
