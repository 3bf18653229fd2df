#!/bin/sh
# Makes the data directory when there is none, and each client's role and database when they are missing, and gives
# each role its present password. Runs before the server starts, so that it needs no network and no client; and it uses
# nothing but the shell's own commands and PostgreSQL's programs, for a small image has no others.
#
# BIN: folder of PostgreSQL's programs. VOLUME: folder to keep the data in. SUPERUSER_PASSWORD: of the role postgres.
# CLIENTS: names of the clients, with blanks between; each is a role and a database, and PASSWORD_<name> its password.
set -eu

# The server's setting, in a file that is written once the directory is whole: an interrupted attempt is never taken
# for data, and the next one takes another directory.
pointer=$VOLUME/data_directory.conf
if ! [ -s "$pointer" ]; then
  attempt=1
  while [ -e "$VOLUME/pgdata-$attempt" ]; do attempt=$((attempt + 1)); done
  # Nobody logs in by the rules that initdb writes: the server has rules of its own.
  "$BIN/initdb" --pgdata="$VOLUME/pgdata-$attempt" --username=postgres --encoding=UTF8 --locale=C.UTF-8 \
    --auth=reject
  echo "data_directory = '$VOLUME/pgdata-$attempt'" >"$pointer"
fi
IFS="'" read -r _ PGDATA _ <"$pointer"

# Asks the database, without a server running, for the SQL on standard input: one statement a line.
# Last in a pipe and by `exec`, so that its parent is this script, process 1: that is also the number of a server that
# was killed, and PostgreSQL takes a lock file with its parent's number for stale.
single() {
  exec "$BIN/postgres" --single -D "$PGDATA" -c log_min_messages=warning postgres
}

echo 'SELECT datname FROM pg_database' | single >/tmp/databases
databases=
while read -r line; do databases="$databases$line "; done </tmp/databases

{
  echo "ALTER ROLE postgres PASSWORD '$SUPERUSER_PASSWORD'"
  for client in $CLIENTS; do
    password=
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
} | single >/tmp/roles
echo "the data directory $PGDATA has the roles and databases: $CLIENTS"
