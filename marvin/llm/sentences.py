"""Text as it is written, cut into sentences as soon as they stand."""

import re
from collections.abc import AsyncIterator

_END = re.compile(
    r"""(?<!\b[A-Z])(?<!\.[a-z])        # not after an initial or the g of "e.g."
        (?<!\b(?:Dr|Mr|Ms|St|vs))       # nor after a title
        (?<!\b(?:Mrs|etc))
        [.!?…]+["')\]]*\s+              # a mark, closing quotes, and the space that proves it
        (?=\S)|\n\s*\n""",
    re.VERBOSE,
)


async def once(text: str) -> AsyncIterator[str]:
    """A text that is there already, as one delta or one sentence."""
    yield text


async def sentences(deltas: AsyncIterator[str]) -> AsyncIterator[str]:
    """Sentences of the text that `deltas` make up, stripped and never empty.

    A sentence stands when a mark, white space and the next word have come: \"3.5\" is not cut.
    """
    text = ""
    async for delta in deltas:
        text += delta
        while match := _END.search(text):
            sentence, text = text[: match.end()].strip(), text[match.end() :]
            if sentence:
                yield sentence
    if text.strip():
        yield text.strip()
