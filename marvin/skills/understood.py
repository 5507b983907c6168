"""What is understood in one language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marvin.cancellation import CancelToken
from marvin.dialogue import Dialogue
from marvin.languages.language import Language, language
from marvin.languages.translation import speaking
from marvin.skills.sentence_patterns import Matcher, Said, SentenceGroup, Skill
from marvin.skills.text import canonical, without_courtesy

Found = tuple[SentenceGroup, Said]


def other_language(code: str) -> Language | None:
    """None is English. Raises ConfigError: There are no skills in this language."""
    return None if code == "en" else language(code)


@dataclass(frozen=True, slots=True)
class Understood:
    language: Language | None
    skills: Sequence[Skill]
    matcher: Matcher
    without_courtesy: Callable[[str], str]

    @classmethod
    def load(cls, code: str, skills: Sequence[Skill], wake_phrase: str) -> "Understood":
        language = other_language(code)
        with speaking(language):
            return cls(language, skills, Matcher.load(skills), without_courtesy(wake_phrase))

    def find(
        self, text: str, question: str | None, dialogue: Dialogue, token: CancelToken
    ) -> "list[Found]":
        """All matches: answers to the pending question first, tentative ones last."""
        full = canonical(text)
        # Match the full text too: a template may begin with words usually dropped as courtesy.
        found = [
            (phrase, Said(slots, token, plain, dialogue, dialogue.about, text))
            for plain in dict.fromkeys((self.without_courtesy(full), full))
            if plain
            for phrase, slots in self.matcher.find(plain)
            if phrase.question in (None, question)
        ]
        found.sort(key=lambda match: (match[0].question is None, match[0].tentative))
        return [(phrase, said) for phrase, said in found if not phrase.unless(said)]

    def names(self, found: Sequence[Found]) -> frozenset[str]:
        """Of the skills that may answer."""
        groups = [group for group, _ in found]
        return frozenset(
            skill.name
            for skill in self.skills
            if any(group is one for one in skill.phrases for group in groups)
        )
