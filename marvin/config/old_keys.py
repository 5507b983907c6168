"""Accepts keys at their old place for one more version, with a notice."""

from marvin.boundary.terminal import one_line

_FROM_VAD_TO_TURN = (
    "silence_s", "complete_share", "unfinished_share", "resume_s", "no_speech_s", "max_s",
    "start_probability", "stop_probability", "margin_db", "min_speech_s",
)  # fmt: skip


def replace_old_keys(
    tree: dict[str, object], file: str, place: str = ""
) -> tuple[list[str], list[str]]:
    """Move values to their new keys, in place. Returns notices and errors."""
    notices: list[str] = []
    wrong: list[str] = []
    vad, turn, profiles = tree.get("vad"), tree.get("turn", {}), tree.get("profiles")
    if isinstance(vad, dict) and isinstance(turn, dict):
        for key in [key for key in _FROM_VAD_TO_TURN if key in vad]:
            old, new = (one_line(f"{place}{table}.{key}") for table in ("vad", "turn"))
            if key in turn:
                wrong.append(f"{file}: {old}: is now {new}, and both are set: remove {old}")
            else:
                notices.append(f"{file}: {old} is now {new} (the next version needs the new name)")
            turn.setdefault(key, vad.pop(key))
            tree["turn"] = turn
    for name, tables in profiles.items() if isinstance(profiles, dict) and not place else ():
        if isinstance(tables, dict):
            more = replace_old_keys(tables, file, f"profiles.{name}.")
            notices += more[0]
            wrong += more[1]
    return notices, wrong
