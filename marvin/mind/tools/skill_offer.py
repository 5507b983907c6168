"""The tools of the skills. A call takes the path of a spoken command."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from marvin.cancellation import CancelToken
from marvin.engines.workers.worker import Worker
from marvin.errors import SkillError, StageError
from marvin.languages.translation import tr
from marvin.mind.tools.offered import Caller, ToolError, ToolResult
from marvin.protocols import Intent, Skills
from marvin.skills.built_in import NAMES
from marvin.skills.skill_tools import ArgumentsError, SkillTool, skill_tools
from marvin.skills.skillset import Skillset
from marvin.types import Act, Ask, Forget, Tool


class SkillOffer:
    def __init__(
        self,
        worker: Worker[Skills],
        skillset: Callable[[], Skillset],
        names: Sequence[str],
        limit_s: float,
        outside: Collection[str] = (),
    ) -> None:
        """`skillset` is called on the worker; `names` are the skills to offer; those in `outside`
        say what others have written, as the user's own ones may."""
        self._worker = worker
        self._skillset = skillset
        self._names = names
        self._limit_s = limit_s
        self._outside = outside
        self._known: dict[str, Sequence[_Offered]] = {}
        """By language."""

    async def tools(self, language: str) -> Sequence["_Offered"]:
        """Raises StageError."""
        if language not in self._known:
            found = await self._worker.call(
                lambda _, token: skill_tools(
                    self._skillset().understood(language), self._names, NAMES
                ),
                self._limit_s,
            )
            self._known[language] = [
                _Offered(one, self._worker, self._limit_s, one.own or one.skill in self._outside)
                for one in found
            ]
        return self._known[language]


@dataclass(frozen=True, slots=True)
class _Offered:
    _skill: SkillTool
    _worker: Worker[Skills]
    _limit_s: float
    outside: bool
    confirms: bool = False
    server: str = ""

    @property
    def tool(self) -> Tool:
        return self._skill.tool

    @property
    def acts(self) -> bool:
        return self._skill.acts

    def wording(self, arguments: Mapping[str, object]) -> str:
        return tr('I would do this: "{command}". Shall I?', command=self._sentences(arguments)[0])

    async def call(self, arguments: Mapping[str, object], caller: Caller) -> ToolResult:
        try:
            intent = await self._intent(self._sentences(arguments), caller)
            if refused := caller.refusal(intent.skills):
                return ToolResult(refused)
            reply = await self._worker.call(
                lambda _, token: intent.run(token), self._limit_s, priority=caller.priority
            )
        except SkillError as error:
            raise ToolError(str(error)) from None
        except StageError as error:
            raise ToolError(f"it failed ({type(error).__name__})") from None
        items = reply or ()
        said = " ".join(item.text for item in items if not isinstance(item, Act | Forget | Ask))
        return ToolResult(
            said or "Done.", tuple(item for item in items if isinstance(item, Ask | Act | Forget))
        )

    def _sentences(self, arguments: Mapping[str, object]) -> list[str]:
        try:
            return self._skill.sentences(arguments)
        except ArgumentsError as error:
            raise ToolError(str(error)) from None

    async def _intent(self, sentences: Sequence[str], caller: Caller) -> Intent:
        def match(skills: Skills, token: CancelToken) -> Intent | None:
            """The first of the wordings that the skill understands."""
            for sentence in sentences:
                intent = skills.match(sentence, (), caller.dialogue, token, caller.language)
                if intent is not None and self._skill.skill in intent.skills:
                    return intent
            return None

        intent = await self._worker.call(match, self._limit_s, priority=caller.priority)
        if intent is None:
            raise ToolError("the skill does not understand these values")
        return intent
