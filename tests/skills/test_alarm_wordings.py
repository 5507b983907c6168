"""What people say about alarms and reminders, at 15:20 on a Saturday."""

import pytest

from .conftest import Clock, Load, Marvin

SET = {
    "wake me at seven on weekdays": "7 AM on weekdays",
    "Wake me up at 7 a.m. every day, please.": "7 AM every day",
    "set an alarm for half past six": "6:30 PM today",
    "set an alarm for 6:30": "6:30 PM today",
    "set an alarm for 6.45": "6:45 PM today",
    "set a 7 o'clock alarm": "7 PM today",
    "set an alarm for three": "3 AM tomorrow",
    "alarm in eight hours": "11:20 PM today",
    "wake me in an hour and a half": "4:50 PM today",
    "set an alarm for seven tomorrow": "7 AM tomorrow",
    "set an alarm tomorrow morning at quarter to seven": "6:45 AM tomorrow",
    "wake me up tomorrow at eight": "8 AM tomorrow",
    "wake us up at ten past seven in the morning": "7:10 AM tomorrow",
    "set my alarm for 19:45": "7:45 PM today",
    "create an alarm for noon": "noon tomorrow",
    "set an alarm for midnight": "midnight tomorrow",
    "set an alarm for tonight at eleven": "11 PM today",
    "tomorrow at six wake me up": "6 AM tomorrow",
    "set a daily alarm for 7 am": "7 AM every day",
    "set an alarm for 9 on weekends": "9 AM on weekends",
    "set an alarm every monday and thursday at 8": "8 AM every Monday and Thursday",
    "set an alarm on mondays at half past seven": "7:30 AM every Monday",
    "wake me at 6:15 monday to friday": "6:15 AM on weekdays",
    "set an alarm for friday at 3 pm": "3 PM on Friday",
    "set an alarm for the third of december at nine": "9 AM on 3 December",
    "I need an alarm at 5 am": "5 AM tomorrow",
    "can you set an alarm for 7:05 please": "7:05 PM today",
    "wake me at seven tomorrow to go running": "7 AM tomorrow to go running",
}
REMIND = {
    "remind me to call mom at five": "5 PM today to call mom",
    "remind me at five to call my mom": "5 PM today to call your mom",
    "remind me tomorrow at nine to take out the rubbish": "9 AM tomorrow to take out the rubbish",
    "remind me tomorrow to take out the rubbish at nine": "9 AM tomorrow to take out the rubbish",
    "tomorrow at nine remind me to take out the rubbish": "9 AM tomorrow to take out the rubbish",
    "remind me to call mom tomorrow at five": "5 PM tomorrow to call mom",
    "set a reminder for 5 pm to call mum": "5 PM today to call mum",
    "remind me at noon to take my pills": "noon tomorrow to take your pills",
    "remind me every day at nine to take 2 pills": "9 AM every day to take 2 pills",
    "remind me to feed the cat at six every evening": "6 PM every day to feed the cat",
    "remind me about the meeting at 4:30 pm": "4:30 PM today about the meeting",
    "remind me on friday at noon that the rent is due": "noon on Friday that the rent is due",
    "don't let me forget to call Bob at eight pm": "8 PM today to call bob",
    "remind me at seven": "7 PM today",
    "remind me in two days to pay the rent": "3:20 PM on Monday to pay the rent",
}
ASKS = {
    "set an alarm": "For what time should the alarm be?",
    "wake me up": "For what time should the alarm be?",
    "wake me up tomorrow": "At what time?",
    "set an alarm for tomorrow morning": "At what time?",
    "remind me on Sunday to water the plants": "At what time?",
    "remind me in the evening to call Bob": "At what time?",
    "remind me to call mom": "When should I remind you?",
    # The time belongs to what is to be done, or there are two.
    "remind me to reserve a table for four": "When should I remind you?",
    "remind me to be home before five": "When should I remind you?",
    "remind me to buy milk and 2 eggs": "When should I remind you?",
    "remind me to eat an apple in the morning": "When should I remind you?",
    "remind me to book the train for 4 pm": "When should I remind you?",
}
UNCLEAR = (
    "wake me at sunrise",
    "set an alarm for 25 o'clock",
    "set an alarm for seven seventy",
    "set an alarm for 6 and 7",
    "set an alarm every other day at 7",
    "set an alarm for 7 and remind me to buy milk",
    "set an alarm for banana",
    "remind me to call mom at 5 and dad at 6",
    "remind me that the shop closes at six and the bank at four",
)
NOT_ALARMS = (
    "what is an alarm clock",
    "can you explain how alarms work",
    "my alarm did not ring this morning",
    "remind me what we talked about",
    "remind me of the rules of chess",
    "remind me who the president is",
    "who invented the alarm clock",
    "what did you wake up to",
)
NOT_SET = (
    "remind me when I get home to feed the cat",
    "set the house alarm",
    "arm the alarm",
    "set two alarms for tomorrow",
    "snooze",
    "cancel my alarm",
    "cancel the laundry alarm",
    "move my alarm to eight",
    "stop the alarm",
    "what alarms do I have",
)


@pytest.mark.parametrize("text", SET)
def test_alarm_is_set(marvin: Marvin, text: str) -> None:
    assert marvin.says(text) == f"Alarm set for {SET[text]}."
    assert len(marvin.skillset.agenda.alarms.all()) == 1
    assert marvin.skillset.agenda.timers.all() == ()


@pytest.mark.parametrize("text", REMIND)
def test_reminder_is_set(marvin: Marvin, text: str) -> None:
    assert marvin.says(text) == f"I will remind you at {REMIND[text]}."
    assert [one.kind for one in marvin.skillset.agenda.alarms.all()] == ["reminder"]


def test_what_is_not_understood_sets_nothing(marvin: Marvin) -> None:
    for text, question in ASKS.items():
        assert marvin.says(text) == question, text
        marvin.says("never mind")
    for text in UNCLEAR:
        assert "I did not understand" in str(marvin.says(text)), text
        marvin.says("never mind")
    for text in NOT_SET:
        assert marvin.says(text), text
    assert {text: marvin.says(text) for text in NOT_ALARMS} == dict.fromkeys(NOT_ALARMS)
    assert marvin.skillset.agenda.alarms.all() == ()
    assert marvin.skillset.agenda.timers.all() == ()


def talk(marvin: Marvin, script: str) -> None:
    """Lines `what the user says -> what Marvin says`."""
    for line in script.strip().splitlines():
        said, _, reply = line.partition(" -> ")
        assert marvin.says(said.strip()) == reply.strip(), line


def test_a_request_that_is_repeated_sets_nothing_more(marvin: Marvin) -> None:
    talk(
        marvin,
        """
        remind me at five to call mom -> I will remind you at 5 PM today to call mom.
        remind me at five to call mom -> You already have the reminder for 5 PM today to call mom.
        no, 6 PM -> Reminder moved to 6 PM today.
        remind me at five to call mom -> I will remind you at 5 PM today to call mom.
        remind me at five to call dad -> I will remind you at 5 PM today to call dad.
        set an alarm for 7:30 am -> Alarm set for 7:30 AM tomorrow.
        set an alarm for 7:30 am on weekdays -> Alarm set for 7:30 AM on weekdays.
        set an alarm for 7:30 am -> You already have the alarm for 7:30 AM tomorrow.
        """,
    )
    assert len(marvin.skillset.agenda.alarms.all()) == 5


def test_questions_are_answered_by_the_next_sentence(marvin: Marvin) -> None:
    talk(
        marvin,
        """
        set an alarm -> For what time should the alarm be?
        at 7:30 tomorrow -> Alarm set for 7:30 AM tomorrow.
        remind me on Sunday to water the plants -> At what time?
        at noon -> I will remind you at noon tomorrow to water the plants.
        remind me to call mum -> When should I remind you?
        10 minutes -> I will remind you in 10 minutes to call mum.
        remind me to call dad -> When should I remind you?
        what time is it -> It is 3:20 PM.
        """,
    )
    assert len(marvin.skillset.agenda.alarms.all()) == 2


def test_alarms_are_listed_changed_and_cancelled(marvin: Marvin) -> None:
    talk(
        marvin,
        """
        what alarms do I have -> You have no alarms.
        wake me at seven on weekdays -> Alarm set for 7 AM on weekdays.
        move my alarm to half past -> Alarm moved to 7:30 AM on weekdays.
        change the alarm to quarter to eight -> Alarm moved to 7:45 AM on weekdays.
        set an alarm for ten pm -> Alarm set for 10 PM today.
        no, 11 -> Alarm moved to 11 PM today.
        what alarms do I have -> You have 2 alarms: 11 PM today and 7:45 AM on weekdays.
        when is my next alarm -> Your next alarm is at 11 PM today.
        cancel my alarm -> Which one: 11 PM today or 7:45 AM on weekdays?
        the weekday one -> Alarm for 7:45 AM on weekdays cancelled.
        cancel the seven o'clock alarm -> You have no such alarm.
        move my alarm from 11 to 10 -> Alarm moved to 10 PM today.
        cancel the ten o'clock alarm -> Alarm for 10 PM today cancelled.
        cancel all alarms -> You have no alarms.
        """,
    )


def test_reminders_of_both_kinds_are_listed_and_cancelled(marvin: Marvin) -> None:
    talk(
        marvin,
        """
        remind me to call mom at five -> I will remind you at 5 PM today to call mom.
        in 20 minutes remind me to eat -> I will remind you in 20 minutes to eat.
        what reminders do I have -> You have 2 reminders: 5 PM today to call mom and in 20 minutes to eat.
        cancel the reminder to call mom -> Reminder to call mom cancelled.
        remind me to call mom at five -> I will remind you at 5 PM today to call mom.
        cancel all reminders -> 2 reminders cancelled.
        what reminders do I have -> You have no reminders.
        """,  # noqa: E501
    )


def test_snooze_and_stop(marvin: Marvin, clock: Clock) -> None:
    alarms = marvin.skillset.agenda.alarms
    marvin.says("wake me at 3:30 pm every day")
    clock.pass_(minutes=10)
    alarms.end(alarms.due())  # "Marvin" has silenced it.
    assert marvin.says("snooze") == "I will ring again at 3:40 PM today."
    clock.pass_(minutes=10)
    assert marvin.says("snooze for five minutes") == "I will ring again at 3:45 PM today."
    clock.pass_(minutes=5)
    alarms.end(alarms.due())
    assert marvin.says("ten more minutes") == "I will ring again at 3:55 PM today."
    clock.pass_(minutes=10)
    assert marvin.says("turn off the alarm") == ""
    assert alarms.due() == ()
    # The one of tomorrow remains.
    assert marvin.says("what alarms do I have") == "You have 1 alarm: 3:30 PM every day."
    clock.pass_(minutes=30)
    assert marvin.says("snooze") == "No alarm is ringing."
    assert marvin.says("cancel the alarm") == "Alarm for 3:30 PM every day cancelled."


def test_it_means_the_alarm_just_set_and_no_older_timer(marvin: Marvin) -> None:
    marvin.says("set a timer for ten minutes")
    marvin.says("set an alarm for ten pm")
    assert marvin.says("cancel it") == "Alarm for 10 PM today cancelled."
    assert len(marvin.skillset.agenda.timers.all()) == 1


def test_one_day_of_a_repeating_alarm_is_not_the_whole_alarm(marvin: Marvin) -> None:
    whole = 'repeats, and I cannot change one day: "cancel the 7 AM alarm" ends it.'
    talk(
        marvin,
        f"""
        wake me at 7 on weekdays -> Alarm set for 7 AM on weekdays.
        turn off my alarm for monday -> The alarm for 7 AM on weekdays {whole}
        cancel the alarm on friday -> The alarm for 7 AM on weekdays {whole}
        move my alarm on monday to 8 -> The alarm for 7 AM on weekdays {whole}
        cancel my alarm for sunday -> You have no such alarm.
        cancel the 7 AM alarm -> Alarm for 7 AM on weekdays cancelled.
        wake me at 8 every monday -> Alarm set for 8 AM every Monday.
        cancel my monday alarm -> Alarm for 8 AM every Monday cancelled.
        """,
    )


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("set an alarm from 5 to 7", 'I did not understand "from 5 to 7".'),
        ("remind me on january 1st at midnight to call", "I will remind you at midnight on 1 Jan"),
        ("set an alarm for midnight on tuesday", "Alarm set for midnight on Wednesday."),
    ],
)
def test_odd_times(marvin: Marvin, said: str, answer: str) -> None:
    assert str(marvin.says(said)).startswith(answer)


def test_alarms_can_be_disabled(load: Load) -> None:
    marvin = load(disabled=["alarms"])
    assert str(marvin.says("set an alarm for seven")).startswith("A timer has a length")
    marvin = load(disabled=["timers"])
    assert marvin.says("remind me to call mum in ten minutes") == (
        "I will remind you at 3:30 PM today to call mum."
    )


def test_times_are_said_in_the_configured_style(load: Load) -> None:
    assert load(clock="24h").says("wake me at 7 am") == "Alarm set for 07:00 tomorrow."


def test_only_complete_requests_are_certain(marvin: Marvin) -> None:
    for text, certain in (
        ("set an alarm for seven", True),
        ("remind me to call mom at five", True),
        ("remind me to call", False),
        ("set an alarm", False),
    ):
        understood = marvin.understands(text)
        assert understood is not None
        assert understood.certain is certain, text


def test_grammar_has_no_free_text(marvin: Marvin) -> None:
    patterns = marvin.skillset.patterns()
    every = (*patterns.sentences, *patterns.answers, *patterns.rules.values())
    assert [text for text in every if "{free_" in text or "{any_" in text] == []
    assert any("alarm" in text for text in patterns.sentences)
