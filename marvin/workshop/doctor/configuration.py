"""Is models.toml right?"""

from functools import partial

from marvin.workshop.doctor.examining import Check, Lane
from marvin.workshop.doctor.finding import Finding, fail, ok, warn
from marvin.workshop.doctor.patient import Patient


def checks(patient: Patient) -> Lane:
    """A line for each problem."""
    if patient.problems:
        return tuple(Check("configuration", partial(problem, text)) for text in patient.problems)
    return (
        Check("configuration", partial(in_force, patient.why)),
        *(Check("configuration", partial(notice, text)) for text in patient.notices),
    )


def problem(text: str) -> Finding:
    """The checks below go on with the built-in configuration."""
    return fail("configuration", text, "mend that key, then `marvin config`")


def notice(text: str) -> Finding:
    return warn("configuration", text, "rename that key")


def in_force(why: str) -> Finding:
    return ok("configuration", why)
