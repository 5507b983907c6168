"""Checks models.toml."""

from functools import partial

from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok, warn
from marvin.workshop.doctor.patient import Patient


def configuration_checks(patient: Patient) -> Lane:
    """One finding per problem."""
    if patient.problems:
        return tuple(Check("configuration", partial(problem, text)) for text in patient.problems)
    return (
        Check("configuration", partial(in_force, patient.why)),
        *(Check("configuration", partial(notice, text)) for text in patient.notices),
    )


def problem(text: str) -> Finding:
    """The other checks then use the built-in configuration."""
    return fail("configuration", text, "fix that key, then run `marvin config`")


def notice(text: str) -> Finding:
    return warn("configuration", text, "change that key")


def in_force(why: str) -> Finding:
    return ok("configuration", why)
