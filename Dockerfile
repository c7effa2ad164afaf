# syntax=docker/dockerfile:1
# Qwalo as a service: `docker build -t qwalo .`; compose.yaml beside this file runs it with all that it needs.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
# Dependencies first: they change less often than the program, and are kept between builds.
COPY requirements/build.txt requirements/run.txt requirements/
RUN python -m venv /opt/tools && /opt/tools/bin/pip install --require-hashes -r requirements/build.txt
RUN python -m venv /opt/qwalo && /opt/qwalo/bin/pip install --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
    && /opt/qwalo/bin/pip install --no-deps dist/*.whl

FROM python:3.11-slim-bookworm
# PostgreSQL, the embedded one included, does not run as root, and nothing else here needs it.
RUN groupadd --gid 10001 qwalo \
    && useradd --uid 10001 --gid qwalo --no-create-home --home-dir /data --shell /usr/sbin/nologin qwalo \
    && install --directory --owner=qwalo --group=qwalo --mode=0700 /data
COPY --from=build /opt/qwalo /opt/qwalo
ENV PATH=/opt/qwalo/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    QWALO_HOST=0.0.0.0 \
    QWALO_PORT=8000 \
    QWALO_DATA_DIR=/data
USER qwalo
WORKDIR /data
# The secret key, the local mailbox and, without DATABASE_URL, the database.
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"QWALO_PORT\"]}/health/ready', timeout=4)"]
ENTRYPOINT ["qwalo"]
CMD ["serve"]
