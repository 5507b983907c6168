"""Translates Hub and network errors into one line with a remedy."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from typing import TYPE_CHECKING

from marvin.errors import DownloadError, SourceUnreachableError
from marvin.hub.catalogue import nearest

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

_TOKEN = "set HF_TOKEN or run `hf auth login`"


@contextlib.contextmanager
def refused(name: str, revision: str | None = None) -> Iterator[None]:
    """Turns any failure of a Hub request into a DownloadError."""
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    unreachable = transport_error()
    hub = constants.ENDPOINT
    try:
        yield
    except HFValidationError as error:
        raise DownloadError(f"{name}: not a Hub id, which looks like owner/name") from error
    except OfflineModeIsEnabled as error:
        raise DownloadError(
            f"{name}: HF_HUB_OFFLINE forbids the network; unset it to fetch models"
        ) from error
    except GatedRepoError as error:
        raise DownloadError(
            f"{name}: gated: accept its licence at {hub}/{name}, then {_TOKEN}"
        ) from error
    except RevisionNotFoundError as error:
        raise DownloadError(f"{name}: has no revision {revision!r}") from error
    except RepositoryNotFoundError as error:
        raise DownloadError(
            f"{name}: {hub} has no such model{nearest(name)}, or it is private: {_TOKEN}"
        ) from error
    except HfHubHTTPError as error:
        raise DownloadError(f"{name}: {_answered(error, hub)}") from error
    except (unreachable, LocalEntryNotFoundError) as error:
        if isinstance(error.__cause__, HfHubHTTPError):
            raise DownloadError(f"{name}: {_answered(error.__cause__, hub)}") from error
        raise SourceUnreachableError(
            f"{name}: no connection to {hub}. Partial downloads are kept: run the command again "
            "to resume"
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DownloadError(f"{name}: the disk is full: {error.filename or ''}") from error
        why = error.strerror or "the download is not what the Hub announced: try again"
        raise DownloadError(f"{name}: {why}") from error


def _answered(error: HfHubHTTPError, hub: str) -> str:
    status = error.response.status_code
    if status == 401:
        return f"{hub} does not accept your token (401): {_TOKEN}, or unset HF_TOKEN"
    if status == 403:
        return f"{hub} forbids it (403): your token may not read this model"
    if status == 429:
        return f"{hub} got too many requests from here (429): wait a few minutes, or {_TOKEN}"
    if status >= 500:
        return f"{hub} has a server error ({status}): try again later"
    return f"{hub} answered {status}"


def transport_error() -> type[Exception]:
    """The base class of network errors in the HTTP library that huggingface_hub uses."""
    from huggingface_hub import errors

    base: type[Exception] = errors.HfHubHTTPError.__bases__[0]
    return base
