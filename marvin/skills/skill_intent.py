"""What the skills have understood, before it is done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from marvin.cancellation import CancelToken
from marvin.dialogue import Dialogue
from marvin.languages.language import Language
from marvin.languages.translation import speaking
from marvin.skills.readings import WHICH, Readings
from marvin.skills.understood import Found
from marvin.types import ReplyItem


@dataclass(frozen=True, slots=True)
class SkillIntent:
    """An intent matched by the skills. It has no effect before `run`."""

    _found: Sequence[Found]
    """All matches, best first."""
    _dialogue: Dialogue
    _language: Language | None = None
    _readings: Readings | None = None
    """Two possible transcripts with different meanings."""
    skills: frozenset[str] = frozenset()
    """The names of the skills that may answer."""
    _chosen: bool = False
    """The user was asked which of two transcripts is right."""

    @property
    def certain(self) -> bool:
        """Whether at least one match is firm: a tentative one only counts if the user says no
        more."""
        return any(not phrase.tentative for phrase, _ in self._found)

    @property
    def request(self) -> str:
        """What Home Assistant is asked first, unless Marvin has to ask something itself."""
        phrase, said = self._found[0]
        return "" if self._readings is not None else phrase.request(said)

    @property
    def confirmed(self) -> bool:
        """Whether the user has said, when asked, that `request` is what was meant."""
        return self._chosen or self._found[0][0].question is not None

    @property
    def language(self) -> str:
        return self._language.code if self._language else "en"

    def run(self, token: CancelToken) -> list[ReplyItem] | None:
        """Run the intent and return the reply, or None if no skill answers after all.

        Raises:
            SkillError: A user-defined command failed. The message can be spoken.
            Cancelled: The token was cancelled.
        """
        token.check()
        with speaking(self._language):
            return self._run(token)

    def _run(self, token: CancelToken) -> list[ReplyItem] | None:
        dialogue = self._dialogue
        if self._readings is not None:
            asked = dialogue.about
            readings = asked if isinstance(asked, Readings) else self._readings
            return dialogue.ask(WHICH, readings.question(readings is asked), readings)
        dialogue.close_question()
        for phrase, said in self._found:
            reply = phrase.answer(replace(said, token=token))
            if reply is not None:
                return reply
        return None
