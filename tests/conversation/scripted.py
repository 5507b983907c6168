"""Runs a scripted conversation. docs/troubleshooting.md describes the format."""

import asyncio
import re
import tomllib
from collections.abc import Awaitable, Callable

from marvin.config.tables import Config
from marvin.state import State
from tests.conversation.script_files import Conversation
from tests.conversation.scripted_room import CLOCK, Room
from tests.conversation.virtual_room import OTHERS
from tests.conversation.virtual_speaker import Sounding
from tests.virtual import in_virtual_time

_TURN_S = 0.4
"""How long a user waits after a reply."""
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_LENGTH = re.compile(r"([\d.]+) ?(ms|s|m|h)\b")
_CUT, _PAUSED = " (cut off)", " (paused)"
_STAGES = {"recogniser": "stt", "skills": "skills", "voice": "tts", "loudspeaker": "loudspeaker"}

_Step = Callable[[str, float], Awaitable[None]]


def play(conversation: Conversation, *, strict: bool = True) -> Room:
    """Returns the room at the end. Raises AssertionError with the line, and with all that happened.
    `strict`: the script has to mention every sentence that Marvin says."""
    settings = [line for _, line in conversation.lines if line.startswith("setting:")]
    table = tomllib.loads("\n".join(line.partition(":")[2].strip() for line in settings))

    rooms: list[Room] = []

    async def run() -> None:
        CLOCK.loop = asyncio.get_running_loop()
        rooms.append(room := Room(Config.model_validate(table)))
        await room.run(Script(conversation, room, strict=strict).follow)

    try:
        in_virtual_time(run())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return rooms[0]


class Script:
    """One conversation in its room."""

    def __init__(self, conversation: Conversation, room: Room, *, strict: bool) -> None:
        self._strict = strict
        self._conversation = conversation
        self._room = room
        self._expected: list[tuple[Sounding, str]] = []
        """The sentences that the script has mentioned, and whether they were to be cut off or
        paused."""
        self._since_s = 0.0
        """When the user or the script last did something."""
        self._words_end_s = 0.0
        self._steps = self._user_steps() | self._other_steps() | self._expectations()

    async def follow(self) -> None:
        await asyncio.sleep(1.0)
        for number, line in self._conversation.lines:
            try:
                await self._step(line)
            except AssertionError as error:
                story = "\n".join(self._room.log)
                raise AssertionError(f"line {number}: {line}\n{error}\n{story}") from None
        await self._end()

    async def _end(self) -> None:
        await self._room.until(
            lambda: self._room.state is State.IDLE and not self._room.audible, "idle"
        )
        rest = [one for one in self._room.sentences() if not self._mentioned(one)]
        wrong = [f"{one.text!r} was not expected" for one in rest]
        for one, expected in self._expected:
            found = _CUT if one.cut else _PAUSED if one.pauses else ""
            if found != expected:
                wrong.append(f"{one.text!r} was{found or ' heard to its end'}")
        assert not wrong or not self._strict, "\n".join([*wrong, *self._room.log])

    async def _step(self, line: str) -> None:
        head, _, text = line.partition(":")
        text = text.strip()
        length = _LENGTH.search(head)
        after_s = float(length[1]) * _UNITS_S[length[2]] if length else 0.0
        kind = _LENGTH.sub("T", head).strip()
        if kind in _STAGES:
            self._room.faults.of[_STAGES[kind]] = "" if text == "works" else text
            return
        steps = ", ".join(self._steps)
        assert kind in self._steps, f"there is no step {kind!r}, but: {steps}"
        await self._steps[kind](text, after_s)

    def _user_steps(self) -> dict[str, _Step]:
        return {
            "user": self._user,
            "user after T": self._user_after,
            "user interrupts after T": self._user_interrupts,
            "user goes on after T": self._user_goes_on,
            "types": self._types,
        }

    def _other_steps(self) -> dict[str, _Step]:
        return {
            "television": self._television,
            "wait T": self._wait,
            "announce": self._announce,
            "command": self._command,
            "setting": self._set,
            "echo": self._echo,
            "language model": self._answers,
            "spoken": self._in_language,
        }

    def _expectations(self) -> dict[str, _Step]:
        return {
            "marvin": self._marvin,
            "marvin again and again": self._marvin_repeats,
            "silent for T": self._silent,
            "sound": self._sound,
            "state": self._check_state,
            "history": self._history,
            "asked": self._asked,
        }

    # What happens in the room

    async def _user(self, text: str, after_s: float) -> None:
        busy = (State.THINKING, State.SPEAKING)
        await self._room.until(
            lambda: self._room.state not in busy and not self._room.audible, "your turn"
        )
        await asyncio.sleep(_TURN_S)
        await self._speak(text)

    async def _user_after(self, text: str, after_s: float) -> None:
        await self._room.until(
            lambda: not self._room.audible and self._begun() is not None, "the reply"
        )
        await asyncio.sleep(self._room.speaker.ends_s + after_s - CLOCK.elapsed_s())
        await self._speak(text)

    async def _user_interrupts(self, text: str, after_s: float) -> None:
        await self._room.until(lambda: self._begun() is not None, "the reply")
        begun = self._begun()
        assert begun is not None
        await asyncio.sleep(begun.begins_s + after_s - CLOCK.elapsed_s())
        await self._speak(text)

    async def _user_goes_on(self, text: str, after_s: float) -> None:
        await asyncio.sleep(self._words_end_s + after_s - CLOCK.elapsed_s())
        await self._speak(text)

    async def _speak(self, text: str) -> None:
        self._room.note(f"user: {text}")
        length_s = self._room.microphone.speak(text)
        self._since_s = CLOCK.elapsed_s()
        await asyncio.sleep(length_s)
        self._words_end_s = CLOCK.elapsed_s()

    async def _television(self, text: str, after_s: float) -> None:
        self._room.note(f"television: {text}")
        self._room.microphone.speak(text, OTHERS)

    async def _wait(self, text: str, after_s: float) -> None:
        await asyncio.sleep(after_s)

    async def _announce(self, text: str, after_s: float) -> None:
        self._room.note(f"announce: {text}")
        self._since_s = CLOCK.elapsed_s()
        self._room.tasks.create_task(self._room.assistant.announcements.say(text))

    async def _command(self, text: str, after_s: float) -> None:
        self._room.note(f"command: {text}")
        self._since_s = CLOCK.elapsed_s()
        commands: dict[str, Callable[[], None]] = {
            "listen": self._room.assistant.listen,
            "stop": self._room.assistant.stop,
            "mute": lambda: self._room.assistant.mute(True),
            "unmute": lambda: self._room.assistant.mute(False),
        }
        commands[text]()
        self._room.microphone.stir()

    async def _echo(self, text: str, after_s: float) -> None:
        assert text in {"on", "off", "residual"}, "an echo is on, off or residual"
        self._room.microphone.echo = text

    async def _answers(self, text: str, after_s: float) -> None:
        self._room.language_model.answer = text

    async def _in_language(self, text: str, after_s: float) -> None:
        self._room.transcriber.language = text

    async def _set(self, text: str, after_s: float) -> None:
        """Read before the script began."""

    # What is expected

    async def _marvin(self, text: str, after_s: float) -> None:
        how = next((how for how in (_CUT, _PAUSED) if text.endswith(how)), "")
        text = text.removesuffix(how)
        await self._room.until(lambda: self._next() is not None, f"Marvin to say {text!r}")
        said = self._next()
        assert said is not None
        self._expected.append((said, how))
        assert said.text == text, f"said {said.text!r}"

    async def _marvin_repeats(self, text: str, after_s: float) -> None:
        await self._room.until(lambda: self._next() is not None, f"Marvin to say {text!r}")
        await self._room.until(lambda: self._room.state is State.IDLE, "the end of it")
        count = len(self._expected)
        while (said := self._next()) is not None and said.text == text:
            self._expected.append((said, ""))
        assert len(self._expected) > count + 1, f"said it {len(self._expected) - count} times"

    async def _silent(self, text: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        audible = self._room.speaker.audible(CLOCK.elapsed_s())
        assert not audible, f"{self._room.speaker.heard[-1].text!r} can still be heard"
        said = self._next()
        assert said is None, f"said {said and said.text!r}"

    async def _sound(self, text: str, after_s: float) -> None:
        def heard() -> bool:
            sounds = [one for one in self._room.speaker.heard if not one.is_speech]
            return any(one.text == text and one.begins_s >= self._since_s for one in sounds)

        await self._room.until(heard, f"the sound {text!r}")

    async def _check_state(self, text: str, after_s: float) -> None:
        assert self._room.state.value == text, f"it is {self._room.state.value}"

    async def _history(self, text: str, after_s: float) -> None:
        await self._room.until(lambda: not self._room.audible, "the end of the reply")
        await asyncio.sleep(0.1)
        heard = [one.text for one in self._room.memory.ask("?") if one.role == "assistant"]
        last = heard[-1] if heard else "nothing"
        assert last == text, f"it holds {last!r}"

    async def _asked(self, text: str, after_s: float) -> None:
        asked = self._room.language_model.asked
        assert asked[-1:] == [text], f"it was asked {asked}"

    async def _types(self, text: str, after_s: float) -> None:
        typed, _, expected = text.partition(" -> ")
        answer = await self._room.assistant.type(typed)
        assert answer == expected, f"the answer is {answer!r}"

    def _mentioned(self, sentence: Sounding) -> bool:
        return any(one is sentence for one, _ in self._expected)

    def _next(self) -> Sounding | None:
        """The first sentence that the script has not mentioned."""
        rest = (one for one in self._room.sentences() if not self._mentioned(one))
        return next(rest, None)

    def _begun(self) -> Sounding | None:
        """The first sentence since the user last spoke."""
        since = (one for one in self._room.sentences() if one.begins_s >= self._since_s)
        return next(since, None)
