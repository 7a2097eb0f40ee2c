#!/bin/sh
# Makes the database once, runs what /docker-entrypoint-initdb.d holds, then becomes the server.
set -eu

# A variable's value may lie in a file that NAME_FILE names.
from_file() {
  eval "file=\${$1_FILE:-}"
  [ -z "$file" ] || export "$1=$(cat "$file")"
}

make_database() {
  : "${POSTGRES_PASSWORD:?must be set}"
  # Beside the final place, so that a pod that is killed meanwhile leaves nothing that looks whole; in it where it is
  # itself a mount.
  new=$PGDATA.new
  rm -rf "$new" 2> /dev/null || true
  mkdir -p "$new" 2> /dev/null || new=$PGDATA
  (umask 077 && printf '%s\n' "$POSTGRES_PASSWORD" > /tmp/password)
  # shellcheck disable=SC2086 # several arguments are meant
  initdb --pgdata="$new" --username="$POSTGRES_USER" --pwfile=/tmp/password --encoding=UTF8 \
    --auth-local=trust --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$new/pg_hba.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    echo "CREATE DATABASE \"$POSTGRES_DB\" OWNER \"$POSTGRES_USER\";" |
      postgres --single -D "$new" postgres
  fi
  [ "$new" = "$PGDATA" ] || mv "$new" "$PGDATA"
}

# As the well-known image does: a script that fails ends this start, and the next one does not run the scripts again,
# because the database is there.
run_scripts() {
  pg_ctl -D "$PGDATA" -w -o "-c listen_addresses=''" start
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
      *.sh)
        echo "$0: running $script"
        if [ -x "$script" ]; then "$script"; else . "$script"; fi
        ;;
      *.sql)
        echo "$0: running $script"
        psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -f "$script"
        ;;
      *) echo "$0: ignoring $script" ;;
    esac
  done
  pg_ctl -D "$PGDATA" -w -m fast stop
}

case "${1:-}" in
  -*) set -- postgres "$@" ;;
esac
if [ "${1:-}" = postgres ]; then
  shift
  from_file POSTGRES_PASSWORD
  from_file POSTGRES_USER
  from_file POSTGRES_DB
  export POSTGRES_USER="${POSTGRES_USER:-postgres}"
  export POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    make_database
    [ -z "$(ls /docker-entrypoint-initdb.d 2> /dev/null)" ] || run_scripts
  fi
  exec postgres -D "$PGDATA" -c 'listen_addresses=*' "$@"
fi
exec "$@"
