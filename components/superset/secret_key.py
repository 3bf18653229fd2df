"""Which key the database's stored secrets are encrypted with: the setup Job notes it, the web server waits for it."""

import hashlib

TABLE = "stack_secret_key"
"""A table beside Superset's own, with one row."""


def fingerprint(key: str) -> str:
    """Tells keys apart and nothing of them: it costs too much to try one after the other."""
    return hashlib.scrypt(key.encode(), salt=TABLE.encode(), n=2**14, r=8, p=1, dklen=16).hex()
