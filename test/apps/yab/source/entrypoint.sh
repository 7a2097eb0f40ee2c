#!/bin/sh
# Workers tell gunicorn that they live by a file: in memory, because the root file system may be read-only.
exec gunicorn app.main:app --worker-class uvicorn_worker.UvicornWorker --workers "${GUNICORN_WORKERS:-1}" \
  --bind 0.0.0.0:8000 --worker-tmp-dir /dev/shm --graceful-timeout 10
