"""The settings: can they be used, and do they fit together?"""

import re
from collections.abc import Mapping

from qwalo.doctor.findings import Finding, ok, problem, warning
from qwalo.doctor.subject import Subject
from qwalo.settings import Settings, SettingsError, from_values

CHECK = "settings"
_VARIABLE = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")


def read(values: Mapping[str, str]) -> Settings | list[Finding]:
    """The settings, or everything that is wrong with them: a start tells of the first alone."""
    try:
        return from_values(values)
    except SettingsError as error:
        return [_wrong(error), *_more(values, error)]


async def check(subject: Subject) -> list[Finding]:
    settings = subject.settings
    findings = [ok(CHECK, f"They can be used; people open {settings.public_url}.")]
    if not settings.secure and not subject.is_local:
        findings.append(
            warning(
                CHECK,
                f"QWALO_PUBLIC_URL is {settings.public_url}: browsers open cameras and microphones on https:// alone.",
                "Put a proxy in front that ends TLS, and set QWALO_PUBLIC_URL to the https:// address.",
            )
        )
    if settings.database_url is not None and (settings.data_dir / "secret_key").exists() and _uses_kept_key(settings):
        findings.append(
            warning(
                CHECK,
                f"The secret key is in {settings.data_dir}, and the database elsewhere: another machine makes another.",
                "Set QWALO_SECRET_KEY to the content of that file, the same for every process.",
            )
        )
    return findings


def _uses_kept_key(settings: Settings) -> bool:
    return (settings.data_dir / "secret_key").read_text().strip() == settings.secret_key


def _more(values: Mapping[str, str], error: SettingsError) -> list[Finding]:
    """What is still wrong once the variable is left out that the error names, and so on."""
    # A key is given, as none is to be made for this look.
    left = {"QWALO_SECRET_KEY": "x" * 64} | dict(values)
    found: list[Finding] = []
    while named := next((name for name in _VARIABLE.findall(str(error)) if name in left), None):
        if named == "QWALO_SECRET_KEY":
            left[named] = "x" * 64
        else:
            del left[named]
        try:
            from_values(left)
        except SettingsError as next_error:
            # What only follows from the variable that was left out is none of the operator's mistakes.
            if not str(next_error).startswith(named):
                found.append(_wrong(next_error))
            error = next_error
        else:
            break
    return found


def _wrong(error: SettingsError) -> Finding:
    return problem(CHECK, str(error), "Correct it in the environment or in `.env`, and run this again.")
