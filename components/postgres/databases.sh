#!/bin/sh
# Makes the roles and databases of the stack in a running PostgreSQL server, and gives each role its present password. It may be
# run any number of times.
#
# BIN: folder of psql, which finds the server by libpq's own variables (PGHOST, PGUSER, …). DATABASES: names with blanks
# between; each is a role and a database, and VERIFIER_<name> what PostgreSQL stores of the role's password. MONITOR, if it is set: a role
# that may read the server's statistics, with a verifier in the same way.
set -eu

# Where a network enforces policies, it may refuse a new pod's first connections until it knows the pod's address.
attempt=1
until answer=$("$BIN/psql" --no-psqlrc --command=";" 2>&1); do
  if [ "$attempt" -eq 20 ]; then
    echo "$answer" >&2
    exit 1
  fi
  [ "$attempt" -ne 1 ] || echo "waiting for the server: $answer"
  attempt=$((attempt + 1))
  sleep 1
done

for name in $DATABASES; do
  eval "VERIFIER=\$VERIFIER_$name"
  export VERIFIER
  # By \set, since what stands on the command line is seen by others. A role can be made the owner of a database only by
  # one who is a member of it, which the first user of a managed server is not by itself. PUBLIC's right would let each
  # role connect to the others' databases.
  "$BIN/psql" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --set=name="$name" <<'SQL'
\set verifier `printf %s "$VERIFIER"`
SELECT format('CREATE ROLE %I LOGIN', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'name', :'verifier') \gexec
SELECT format('GRANT %I TO CURRENT_USER', :'name')
  WHERE NOT pg_has_role(current_user, :'name', 'MEMBER') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'name') \gexec
SQL
  echo "role and database $name are there"
done

if [ -n "${MONITOR:-}" ]; then
  eval "VERIFIER=\$VERIFIER_$MONITOR"
  export VERIFIER
  "$BIN/psql" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --set=name="$MONITOR" <<'SQL'
\set verifier `printf %s "$VERIFIER"`
SELECT format('CREATE ROLE %I LOGIN', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'name', :'verifier') \gexec
SELECT format('GRANT pg_monitor TO %I', :'name') \gexec
SQL
  echo "role $MONITOR is there"
fi
