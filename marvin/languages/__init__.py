"""Languages other than English: what users say and what Marvin says, one TOML file each.

English itself is in the code, beside what it is about. Its sentences are the keys of `[replies]`,
as in gettext.
"""
