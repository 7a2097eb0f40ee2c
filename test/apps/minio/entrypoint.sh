#!/bin/sh
# Like the original image's: a first argument that is not minio is minio's own.
if [ "$1" != minio ] && [ -n "$1" ]; then
  set -- minio "$@"
fi
exec "$@"
