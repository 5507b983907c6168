"""What clients send of a conversation: whose words they were is known only for what is kept."""

from marvin.config.llm import ConversationTable
from marvin.config.tables import Config
from marvin.mind.memory import Memory
from marvin.service.http.sent_conversations import SentConversations
from marvin.types import Message

ASKED, ANSWERED = Message("user", "Who was Ada?"), Message("assistant", "A programmer.")


def test_answers_that_are_not_known_count_as_text_from_outside() -> None:
    sent = SentConversations(Config(), lambda: Memory(ConversationTable()))
    assert not sent.memory([ASKED]).dialogue.outside
    assert sent.memory([ASKED, ANSWERED]).dialogue.outside
    sent.keep([ASKED, ANSWERED], Memory(ConversationTable()))
    assert not sent.memory([ASKED, ANSWERED]).dialogue.outside
