"""Home Assistant's to-do lists in place of Marvin's own."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from marvin.backends.home_assistant.home_server import UNCLEAR, HomeAssistantServer
from marvin.errors import HomeAssistantError, SkillError
from marvin.languages.translation import tr
from marvin.skills.lists.list_set import MAX_ENTRIES, Lists
from marvin.skills.lists.owned_lists import plain

_TEMPLATE = (
    "{% set found = namespace(all=[]) %}{% for one in states.todo %}"
    "{% set found.all = found.all + [[one.entity_id, one.name]] %}{% endfor %}"
    "{{ found.all | to_json }}"
)
_LONGEST = 200
_FRESH_S = 2.0
"""How long an answer counts: a sentence looks at its list several times."""
_MOST_LISTS = 50


class HomeLists(Lists):
    """Asks on the calling thread; every call has the server's time limit and raises
    HomeAssistantError."""

    def __init__(
        self, server: HomeAssistantServer, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._server = server
        self._clock = clock
        self._answers: dict[str, tuple[float, Any]] = {}

    def names(self) -> list[str]:
        return list(self._entities())

    def entries(self, name: str) -> list[str]:
        entity = self._entities().get(_key(name))
        if entity is None:
            return []
        return list(self._fresh(entity, lambda: self._items(entity)))

    def has_room(self, count: int) -> bool:
        return True

    def add(self, name: str, entries: Iterable[str]) -> None:
        entity = self._entity(name)
        for entry in entries:
            self._call("add_item", {"entity_id": entity, "item": entry})

    def remove(self, name: str, entries: Sequence[str]) -> None:
        if entries:
            self._call("remove_item", {"entity_id": self._entity(name), "item": list(entries)})

    def clear(self, name: str) -> None:
        self.remove(name, self.entries(name))

    def _entity(self, name: str) -> str:
        """Raises SkillError: There is no such list, and Marvin cannot make one."""
        entity = self._entities().get(_key(name))
        if entity is None:
            raise SkillError(tr("Home Assistant has no list called {name}.", name=plain(name)))
        return entity

    def _entities(self) -> Mapping[str, str]:
        """The lists' entities by their names."""
        found: Mapping[str, str] = self._fresh("", self._lists)
        return found

    def _lists(self) -> dict[str, str]:
        value = self._post("/api/template", {"template": _TEMPLATE})
        if not isinstance(value, list):
            raise self._unclear()
        pairs = (one for one in value[:_MOST_LISTS] if isinstance(one, list) and len(one) == 2)
        return {
            _key(name): entity
            for entity, name in pairs
            if isinstance(name, str) and isinstance(entity, str)
        }

    def _items(self, entity: str) -> list[str]:
        value = self._post(
            "/api/services/todo/get_items?return_response",
            {"entity_id": entity, "status": ["needs_action"]},
        )
        try:
            items = value["service_response"][entity]["items"][:MAX_ENTRIES]
            return [str(one["summary"])[:_LONGEST] for one in items]
        except (KeyError, TypeError):
            raise self._unclear() from None

    def _call(self, service: str, body: Mapping[str, Any]) -> None:
        self._answers.clear()
        self._post(f"/api/services/todo/{service}", body)

    def _fresh(self, key: str, ask: Callable[[], Any]) -> Any:
        until_s, value = self._answers.get(key, (0.0, None))
        if self._clock() >= until_s:
            value = ask()
            self._answers[key] = (self._clock() + _FRESH_S, value)
        return value

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        return asyncio.run(self._server.post(path, body))

    def _unclear(self) -> HomeAssistantError:
        text = f"home_assistant.todo_lists: {self._server.name} sent something else than lists"
        return HomeAssistantError(text, UNCLEAR)


def _key(name: str) -> str:
    """`shopping` for `Shopping list`, and for everybody's own."""
    words = plain(name).casefold().replace("-", " ").split()
    return " ".join(words[:-1] if len(words) > 1 and words[-1] == "list" else words)[:_LONGEST]
