"""Scripted conversations on the virtual clock, through the real assistant, mind and skills."""

import pytest

from tests.conversation.script_files import SCRIPTS, Conversation, conversations
from tests.conversation.scripted import play

ALL = [one for path in sorted(SCRIPTS.glob("*.txt")) for one in conversations(path)]


@pytest.mark.parametrize("conversation", ALL, ids=lambda one: one.name)
def test_conversation(conversation: Conversation) -> None:
    play(conversation)
