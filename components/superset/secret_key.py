"""Which key the database's stored secrets are encrypted with: the setup Job sees to it and notes it, the web server waits.

Superset's own `re-encrypt-secrets` (6.1.0) finds no column to encrypt, and says that all is done: it looks in the
metadata of Flask-SQLAlchemy, and the models are in those of Flask-AppBuilder.
"""

import hashlib
import logging

log = logging.getLogger("setup")

TABLE = "stack_key"
"""A table beside Superset's own, with one row."""


def fingerprint(key: str) -> str:
    """Tells keys apart and nothing of them: it costs too much to try one after the other."""
    return hashlib.scrypt(key.encode(), salt=TABLE.encode(), n=2**14, r=8, p=1, dklen=16).hex()


def use_key(key: str, previous: str | None, generation: int | None) -> None:
    """Encrypts the stored secrets with this key where they aren't yet, and notes that they are.

    It is noted in the same transaction, so that a run that was cut off is done again from its start. `generation` is that
    of a key that the stack made, and None where the key is the user's own. A key of the same generation that is another
    one means that the stack was destroyed with its keys while the volume was kept: what it encrypted is forgotten. In
    all other cases what neither key can read ends the Job, and no web server starts that would fail on it.
    """
    from sqlalchemy import text
    from superset.extensions import db

    own = fingerprint(key)
    with db.engine.begin() as connection:
        connection.execute(
            text(
                f"CREATE TABLE IF NOT EXISTS {TABLE} (fingerprint text NOT NULL, generation integer)"
            )
        )
        noted = connection.execute(text(f"SELECT fingerprint, generation FROM {TABLE}")).first()
        if noted is not None and noted[0] == own:
            if noted[1] != generation:
                connection.execute(text(f"UPDATE {TABLE} SET generation = :g"), {"g": generation})
            return
        is_lost = generation is not None and (
            previous is None if noted is None else noted[1] == generation
        )
        encrypt(connection, previous or key, is_lost)
        connection.execute(text(f"DELETE FROM {TABLE}"))
        connection.execute(
            text(f"INSERT INTO {TABLE} VALUES (:own, :generation)"),
            {"own": own, "generation": generation},
        )
    log.info("the stored secrets are encrypted with the present key")


def encrypt(connection, previous: str, is_lost: bool) -> None:
    """Encrypts all that `previous` encrypted with the present key; `is_lost` forgets what neither key can read."""
    from flask_appbuilder import Model
    from sqlalchemy import text
    from superset.utils.encrypt import EncryptedType, SecretsMigrator

    migrator = SecretsMigrator(previous)
    for name, table in Model.metadata.tables.items():
        columns = {
            column.name: column.type
            for column in table.columns
            if isinstance(column.type, EncryptedType)
        }
        if not columns:
            continue
        rows = connection.execute(text(f"SELECT id, {', '.join(columns)} FROM {name}")).fetchall()
        for row in rows:
            try:
                migrator._re_encrypt_row(connection, row, name, columns)
            except Exception as error:
                if not is_lost:
                    raise SystemExit(UNREADABLE.format(table=name, id=row[0])) from error
                nothing = ", ".join(f"{column} = NULL" for column in columns)
                connection.execute(
                    text(f"UPDATE {name} SET {nothing} WHERE id = :id"), {"id": row[0]}
                )
                log.warning(
                    "the key of %s %s is gone: what it encrypted is forgotten", name, row[0]
                )


UNREADABLE = (
    "What Superset stored in table {table}, row {id}, can be read neither with its secret key nor with the one before. "
    "Nothing was changed. secretsGeneration goes up by one at a time, and never down: set it back to where it was. A "
    "supersetSecretKey of your own needs the old one in supersetPreviousSecretKey"
)
