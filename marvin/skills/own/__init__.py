"""The user's own skills: files in a folder, each of which runs in a process of its own.

Imports only the standard library, as it is what a skills file imports.
"""

from marvin.skills.own.declaring import skill

__all__ = ["skill"]
