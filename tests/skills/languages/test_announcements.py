"""What a timer and an alarm say when they ring, in the language of the conversation."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

from marvin.languages.language import CODES, language
from marvin.languages.translation import speaking
from marvin.skills.alarms import alarm
from marvin.skills.alarms.alarm import Alarm
from marvin.skills.alarms.wall_clock import WallClock
from marvin.skills.store.store import Store
from marvin.skills.timers.timer import Timer, announcement
from tests.skills.conftest import Clock

_SAID = {
    "de": (
        "Dein Pizza-Timer ist abgelaufen.",
        "Dein Timer über 1 Stunde und 30 Minuten ist abgelaufen.",
        "Ich erinnere dich an die Pizza.",
        "Dein Pizza-Timer ist vor 5 Minuten abgelaufen, während ich aus war.",
    ),
    "es": (
        "Tu temporizador de Pizza ha terminado.",
        "Tu temporizador de 1 hora y 30 minutos ha terminado.",
        "Te recuerdo an die Pizza.",
        "Tu temporizador de Pizza terminó hace 5 minutos, mientras yo estaba apagado.",
    ),
    "fr": (
        "Ton minuteur Pizza est terminé.",
        "Ton minuteur de 1 heure et 30 minutes est terminé.",
        "Je te rappelle an die Pizza.",
        "Ton minuteur Pizza s'est terminé il y a 5 minutes, pendant que j'étais éteint.",
    ),
    "it": (
        "Il tuo timer Pizza è finito.",
        "Il tuo timer da 1 ora e 30 minuti è finito.",
        "Ti ricordo an die Pizza.",
        "Il tuo timer Pizza è finito 5 minuti fa, mentre ero spento.",
    ),
    "nl": (
        "Je Pizza-timer is afgelopen.",
        "Je timer van 1 uur en 30 minuten is afgelopen.",
        "Ik herinner je an die Pizza.",
        "Je Pizza-timer is 5 minuten geleden afgelopen, terwijl ik uit stond.",
    ),
}


@pytest.mark.parametrize("code", CODES)
def test_a_timer_rings_in_the_language(code: str) -> None:
    clock = Clock()
    named = Timer(1, "Pizza", 600, clock())
    timers = (
        named,
        Timer(2, None, 5400, clock()),
        Timer(3, None, 60, clock(), None, "an die Pizza"),
    )
    with speaking(language(code)):
        said = [announcement(timer, clock()) for timer in timers]
        clock.pass_(minutes=5)
        said.append(announcement(named, clock()))
    assert tuple(said) == _SAID[code]


def test_what_could_not_be_saved_is_told_in_the_language(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "marvin.sqlite3")
    store.save("timers", [])
    with speaking(language("de")):
        text = store.unsaved("timers")
    assert text == " Ich kann die Timer nicht speichern, nach einem Neustart sind sie weg."


_RINGS = {
    "de": (
        "Es ist 1:05 Uhr, dein Wecker klingelt.",
        "Ich erinnere dich an den Zug.",
        "Dein Wecker heute um 1:05 Uhr konnte nicht klingeln.",
    ),
    "es": (
        "Es tu alarma de la 1:05.",
        "Te recuerdo an den Zug.",
        "Tu alarma no pudo sonar: hoy a la 1:05.",
    ),
    "fr": (
        "Il est 1 h 05, c'est ton réveil.",
        "Je te rappelle an den Zug.",
        "Ton alarme n'a pas pu sonner : aujourd'hui à 1 h 05.",
    ),
    "it": (
        "È la tua sveglia per l'1:05.",
        "Ti ricordo an den Zug.",
        "La tua sveglia non ha potuto suonare: oggi all'1:05.",
    ),
    "nl": (
        "Het is 1:05 uur, je wekker gaat.",
        "Ik herinner je an den Zug.",
        "Je wekker kon niet afgaan: vandaag om 1:05 uur.",
    ),
}


@pytest.mark.parametrize("code", CODES)
def test_an_alarm_rings_in_the_language(code: str) -> None:
    clock = Clock()
    due = clock().replace(hour=1, minute=5, tzinfo=None)
    one = Alarm(1, "alarm", due)
    with speaking(language(code)):
        said = [
            alarm.announcement([each], "24h") for each in (one, replace(one, purpose="an den Zug"))
        ]
        said.append(alarm.missed([one], WallClock(clock, UTC), "24h"))
    assert tuple(said) == _RINGS[code]
