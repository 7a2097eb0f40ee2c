#!/bin/sh
# Makes the database once, then becomes the server.
set -eu

make_database() {
  : "${POSTGRES_PASSWORD:?must be set}"
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  # A half-made directory of a pod that was killed meanwhile.
  rm -rf "$PGDATA.new"
  (umask 077 && printf '%s\n' "$POSTGRES_PASSWORD" > /tmp/password)
  initdb --pgdata="$PGDATA.new" --username="$user" --pwfile=/tmp/password --encoding=UTF8 \
    --auth-local=trust --auth-host=scram-sha-256
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$PGDATA.new/pg_hba.conf"
  if [ "$database" != postgres ]; then
    echo "CREATE DATABASE \"$database\" OWNER \"$user\";" |
      postgres --single -D "$PGDATA.new" postgres
  fi
  mv "$PGDATA.new" "$PGDATA"
}

if [ "$1" = postgres ]; then
  shift
  [ -s "$PGDATA/PG_VERSION" ] || make_database
  exec postgres -D "$PGDATA" -c 'listen_addresses=*' "$@"
fi
exec "$@"
