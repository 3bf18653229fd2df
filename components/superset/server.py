"""The web application that gunicorn serves: `server:app`.

It imports Superset while the setup Job still migrates, and is made once the database is at this version and key.
"""

import ast
import logging
import os
import re
import time
from pathlib import Path

import psycopg2
import superset
from secret_key import TABLE, fingerprint

log = logging.getLogger("server")
log.addHandler(logging.StreamHandler())
log.setLevel(logging.INFO)
log.propagate = False


KEY = fingerprint(os.environ["SUPERSET_SECRET_KEY"])


def database_revision() -> str:
    """The revision that the database is at, or why that can't be told or it can't be used yet."""
    try:
        connection = psycopg2.connect(
            host=os.environ["DATABASE_HOST"],
            port=os.environ["DATABASE_PORT"],
            dbname=os.environ["DATABASE_NAME"],
            user=os.environ["DATABASE_USER"],
            password=os.environ["DATABASE_PASSWORD"],
            connect_timeout=5,
        )
    except psycopg2.OperationalError as error:
        return f"unreachable ({str(error).strip()})"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT version_num FROM alembic_version")
            row = cursor.fetchone()
            if row is None:
                return "not migrated"
            cursor.execute(f"SELECT FROM {TABLE} WHERE fingerprint = %s", (KEY,))
            return row[0] if cursor.rowcount else f"{row[0]}, encrypted with another key"
    except psycopg2.errors.UndefinedTable:
        return "not migrated"
    finally:
        connection.close()


def latest_revision() -> str:
    """The revision that no other follows. Read, not imported: the migrations import only within an application."""
    revisions: set[str] = set()
    followed: set[str] = set()
    for file in (Path(superset.__file__).parent / "migrations" / "versions").glob("*.py"):
        text = file.read_text()
        for name, value in re.findall(
            r"^(revision|down_revision)\b[^=\n]*=\s*(.+)$", text, re.MULTILINE
        ):
            parsed = ast.literal_eval(value)
            named = parsed if isinstance(parsed, tuple) else (parsed,)
            (revisions if name == "revision" else followed).update(filter(None, named))
    (head,) = revisions - followed
    return head


def wait_for_migrations(seconds: float) -> None:
    """Waits until the setup Job has brought the database to this version's revision."""
    head = latest_revision()
    deadline = time.monotonic() + seconds
    seen = ""
    while (revision := database_revision()) != head:
        if time.monotonic() > deadline:
            raise SystemExit(
                f"the database is at {revision}, and not at {head} after {seconds:.0f} s: see the setup Job's log"
            )
        if revision != seen:
            log.info(
                "waiting for the setup Job: the database is at %s, not yet at %s",
                revision,
                head,
            )
            seen = revision
        time.sleep(0.5)


wait_for_migrations(seconds=540)

from superset.app import create_app

app = create_app()
