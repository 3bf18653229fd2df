"""Brings Superset's database to this version and key, and makes the stack's users: the Job before the first request.

All in one process, for each of Superset's commands imports and builds the application once more. It may be run any
number of times; a password that the stack changed is set.
"""

import logging
import os
import time
from pathlib import Path

import psycopg2
from secret_key import use_key
from users import ensure_admin, ensure_registrar

log = logging.getLogger("setup")
log.addHandler(logging.StreamHandler())
log.setLevel(logging.INFO)
log.propagate = False


def wait_for_database(seconds: float) -> None:
    """Waits until PostgreSQL takes connections; after so many seconds, exits with its last answer."""
    deadline = time.monotonic() + seconds
    seen = ""
    while True:
        try:
            psycopg2.connect(
                host=os.environ["DATABASE_HOST"],
                port=os.environ["DATABASE_PORT"],
                dbname=os.environ["DATABASE_NAME"],
                user=os.environ["DATABASE_USER"],
                password=os.environ["DATABASE_PASSWORD"],
                connect_timeout=5,
            ).close()
            return
        except psycopg2.OperationalError as error:
            answer = str(error).strip()
            if time.monotonic() > deadline:
                raise SystemExit(
                    f"the database took no connection within {seconds:.0f} s: {answer}"
                ) from error
            if answer != seen:
                log.info("waiting for the database: %s", answer)
                seen = answer
            time.sleep(0.5)


def migrate() -> None:
    """Runs the migrations that the database lacks."""
    import superset
    from flask_migrate import upgrade

    upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
    # Alembic's own logging config switches all other loggers off.
    log.disabled = False


def sync_roles() -> None:
    """Makes the permissions of each view, and the roles that have them."""
    from superset.extensions import appbuilder, db, security_manager

    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    db.session.commit()


def main() -> None:
    import superset  # noqa: F401  While the database starts: importing takes seconds.

    wait_for_database(seconds=300)
    from superset.app import create_app

    with create_app().app_context():
        migrate()
        log.info("the database is up to date")
        generation = os.environ.get("SECRETS_GENERATION")
        use_key(
            os.environ["SUPERSET_SECRET_KEY"],
            os.environ.get("SUPERSET_PREVIOUS_SECRET_KEY"),
            int(generation) if generation else None,
        )
        sync_roles()
        ensure_admin(
            os.environ["ADMIN_USERNAME"],
            os.environ["ADMIN_EMAIL"],
            os.environ["ADMIN_PASSWORD"],
        )
        ensure_registrar(os.environ["REGISTRAR_USERNAME"], os.environ["REGISTRAR_PASSWORD"])
    log.info("done")


if __name__ == "__main__":
    main()
