"""The system prompt in the language of the conversation."""

from marvin.config.llm import REFUSAL, ConversationTable
from marvin.languages.language import CODES, language
from marvin.languages.translation import speaking_in, worded


def instructions(table: ConversationTable, code: str) -> str:
    """The configured prompt, with the language to answer in and the refusal in that language."""
    prompt = table.instructions
    if not prompt or code not in CODES:
        return prompt
    with speaking_in(code):
        prompt = prompt.replace(REFUSAL, worded(REFUSAL))
    words = language(code).words
    return f"{prompt} Always answer in {words.english} ({words.name})."
