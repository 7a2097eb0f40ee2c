#!/bin/sh
# Options alone, or a configuration file, mean the server; it listens beyond loopback, as a container has to.
set -eu
case "${1:-}" in
  -* | *.conf) set -- redis-server "$@" ;;
esac
if [ "${1:-}" = redis-server ]; then
  set -- "$@" --protected-mode no
fi
exec "$@"
