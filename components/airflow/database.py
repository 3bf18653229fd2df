"""Makes Airflow's role and database in PostgreSQL where they are missing, and sets the role's password.

Made from here, and not when the server starts: a stack that takes Airflow in must not restart the server under all
others. It may be run any number of times.
"""

import os
import time

import psycopg2
from psycopg2 import sql


def connect(seconds: float):
    """Waits until PostgreSQL takes connections; raises its last answer after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return psycopg2.connect(
                host=os.environ["DATABASE_HOST"],
                port=os.environ["DATABASE_PORT"],
                dbname=os.environ["SUPERUSER_DATABASE"],
                user=os.environ["SUPERUSER_NAME"],
                password=os.environ["SUPERUSER_PASSWORD"],
                connect_timeout=5,
            )
        except psycopg2.OperationalError as error:
            if time.monotonic() > deadline:
                raise
            print(f"waiting for the database: {str(error).strip()}", flush=True)
            time.sleep(0.5)


def main() -> None:
    name = os.environ["DATABASE_NAME"]
    connection = connect(seconds=180)
    # CREATE DATABASE runs outside of a transaction.
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,))
        verb = "ALTER" if cursor.fetchone() is not None else "CREATE"
        cursor.execute(
            sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                sql.SQL(verb), sql.Identifier(name), sql.Literal(os.environ["DATABASE_PASSWORD"])
            )
        )
        # One who isn't a superuser may only make a member's database of a role.
        cursor.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", (name,))
        if not cursor.fetchone()[0]:
            cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(name)))
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", (name,))
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name)))
    connection.close()
    print(f"role and database {name} are there", flush=True)


if __name__ == "__main__":
    main()
