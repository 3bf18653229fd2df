#!/bin/sh
# Makes the data directory when there is none, and each client's role and database when they are missing, and gives
# each role its present password. Runs before the server starts, so that it needs no network and no client.
#
# BIN: folder of PostgreSQL's programs. PGDATA: the data directory. SUPERUSER_PASSWORD: of the role postgres.
# CLIENTS: names of the clients, with blanks between; each is a role and a database, and PASSWORD_<name> its password.
set -eu

# Asks the database, without a server running, for the SQL on standard input: one statement a line.
single() {
  "$BIN/postgres" --single -D "$PGDATA" -c log_min_messages=warning postgres
}

if ! [ -s "$PGDATA/PG_VERSION" ]; then
  # Made beside its place and then renamed: one that was interrupted is never taken for a whole one.
  rm -rf "$PGDATA.new"
  printf '%s' "$SUPERUSER_PASSWORD" >/tmp/superuser-password
  "$BIN/initdb" --pgdata="$PGDATA.new" --username=postgres --pwfile=/tmp/superuser-password \
    --encoding=UTF8 --locale=C.UTF-8 --auth=scram-sha-256
  rm /tmp/superuser-password
  mv "$PGDATA.new" "$PGDATA"
fi

# Left by a server that was killed. Its number may be that of a process of this container; the server itself is gone, for
# this script runs before it and the volume has one pod.
rm -f "$PGDATA/postmaster.pid"

databases=$(echo 'SELECT datname FROM pg_database' | single)
{
  echo "ALTER ROLE postgres PASSWORD '$SUPERUSER_PASSWORD'"
  for client in $CLIENTS; do
    eval "password=\$PASSWORD_$client"
    # shellcheck disable=SC2016 # $do$ is SQL's own quoting.
    printf 'DO $do$BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '\''%s'\'') THEN CREATE ROLE %s LOGIN; END IF; END$do$\n' \
      "$client" "$client"
    echo "ALTER ROLE $client PASSWORD '$password'"
    case $databases in
      *"\"$client\""*) ;;
      *) echo "CREATE DATABASE $client OWNER $client" ;;
    esac
  done
} | single
echo "data directory, roles and databases are there: $CLIENTS"
