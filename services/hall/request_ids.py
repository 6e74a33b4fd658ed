"""The ids that phones give their requests: anything may stand in them, so that they are kept as codes or sealed."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from services.hall.ports import Registered, Sealer
from twin.core.errors import CivitwinError

_CODE = re.compile(r"[a-z]?-?[0-9]{1,5}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A short serial or a UUID. A longer number could be a telephone's, an account's or an identity card's."""
_SEALED = "~"
_CONTEXT = b"request id"


class RequestIds:
    """The same id of the same person gives the same code, so that a repeated request is known as such."""

    def __init__(self, vault: Sealer, residents: Mapping[str, Registered]) -> None:
        self._vault = vault
        self._people = {one.pseudonym: one.id for one in residents.values()}

    def kept(self, person: str, request: str) -> str:
        """As it may lie in the journal: a code as it is, anything else as ciphertext under the key of ``person``; empty
        for who was erased."""
        if _CODE.fullmatch(request):
            return request
        try:
            sealed = self._vault.seal(person, request.encode(), _CONTEXT)
        except CivitwinError:
            return ""
        return _SEALED + base64.urlsafe_b64encode(sealed).decode()

    def plain(self, pseudonym: str, kept: str) -> str:
        """As the phone gave it; empty where nobody can read it any more."""
        if not kept.startswith(_SEALED):
            return kept
        try:
            sealed = base64.urlsafe_b64decode(kept[len(_SEALED) :].encode())
            return self._vault.open(self._people.get(pseudonym, ""), sealed, _CONTEXT).decode()
        except (CivitwinError, binascii.Error):
            return ""
