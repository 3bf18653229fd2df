#!/bin/sh
# Makes the data directory when there is none, and gives the superuser its present password. Runs before the server starts,
# so that it needs no network and no client; and it uses nothing but the shell's own commands and PostgreSQL's programs,
# for a small image has no others.
#
# BIN: folder of PostgreSQL's programs. VOLUME: folder to keep the data in. SUPERUSER_VERIFIER: what PostgreSQL
# stores of the password of the role postgres.
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

# Last in a pipe and by `exec`, so that the parent of the program is this script, process 1: that is also the number of a
# server that was killed, and PostgreSQL takes a lock file with its parent's number for stale.
echo "ALTER ROLE postgres PASSWORD '$SUPERUSER_VERIFIER'" | {
  exec "$BIN/postgres" --single -D "$PGDATA" -c log_min_messages=warning postgres >/tmp/answers
}
echo "the data directory is $PGDATA"
