"""Room for what is kept in the data folder."""

import shutil

from qwalo.doctor.findings import Finding, ok, problem, warning
from qwalo.doctor.subject import Subject

CHECK = "disk"
MEBIBYTE = 1024 * 1024
LITTLE = 1024 * MEBIBYTE
# PostgreSQL stops where it cannot write its log.
TOO_LITTLE = 100 * MEBIBYTE


async def check(subject: Subject) -> list[Finding]:
    folder = next(path for path in (subject.settings.data_dir, *subject.settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    detail = f"{free // MEBIBYTE:,} MiB are free in {subject.settings.data_dir}."
    advice = "Make room, or set QWALO_DATA_DIR to a folder on a larger disk."
    if free < TOO_LITTLE:
        return [problem(CHECK, detail, advice)]
    return [warning(CHECK, detail, advice) if free < LITTLE else ok(CHECK, detail)]
