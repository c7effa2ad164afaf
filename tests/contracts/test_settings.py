"""Every setting: what is valid, what it becomes, and the one line that stops the start where it is wrong."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from qwalo.settings import Settings, SettingsError, SmtpServer, from_values
from tests.clerk import WEBHOOK_SECRET, ClerkStandIn
from tests.contracts.settings_examples import CLERK, KEY, PEM, SECRET, WRONG


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def read(data_dir: Path, **values: str) -> Settings:
    return from_values({"QWALO_DATA_DIR": str(data_dir), "QWALO_SECRET_KEY": KEY} | values)


@pytest.mark.parametrize(("variable", "value"), WRONG)
def test_a_wrong_value_is_told_in_one_line(data_dir: Path, variable: str, value: str) -> None:
    """It names the variable, and repeats no secret."""
    with pytest.raises(SettingsError) as caught:
        read(data_dir, **{**(CLERK if variable.startswith("CLERK_") else {}), variable: value})
    message = str(caught.value)
    assert variable in message
    assert len(message.splitlines()) == 1
    assert message.endswith(".")
    assert SECRET not in message


def test_without_any_value_it_serves_this_machine(data_dir: Path) -> None:
    """Loopback, an embedded database, local sign-in, mails kept."""
    settings = read(data_dir)
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert (settings.database_url, settings.smtp, settings.clerk) == (None, None, None)
    assert (settings.cors_origins, settings.mail_from) == ((), "Qwalo <no-reply@localhost>")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"QWALO_PORT": "9000"}, "http://127.0.0.1:9000"),
        ({"QWALO_HOST": "0.0.0.0"}, "http://localhost:8000"),
        ({"QWALO_HOST": "::"}, "http://localhost:8000"),
        ({"QWALO_HOST": "::1"}, "http://[::1]:8000"),
        ({"QWALO_HOST": "qwalo.local"}, "http://qwalo.local:8000"),
        ({"QWALO_PUBLIC_URL": "https://qwalo.example.com/"}, "https://qwalo.example.com"),
        ({"QWALO_PUBLIC_URL": "https://Qwalo.Example.com:443"}, "https://qwalo.example.com"),
        ({"QWALO_PUBLIC_URL": "https://[2001:db8::1]:8443"}, "https://[2001:db8::1]:8443"),
    ],
)
def test_the_public_address_can_be_opened_in_a_browser(data_dir: Path, values: dict[str, str], expected: str) -> None:
    """Unless it is set it follows from host and port; a wildcard is no address."""
    assert read(data_dir, **values).public_url == expected


def test_cookies_are_secure_where_people_come_over_tls(data_dir: Path) -> None:
    """The public address tells."""
    assert read(data_dir, QWALO_PUBLIC_URL="https://qwalo.example.com").secure
    assert not read(data_dir).secure


def test_several_origins_are_separated_by_commas(data_dir: Path) -> None:
    """Spaces and a slash at the end do no harm: browsers send neither."""
    settings = read(data_dir, QWALO_CORS_ORIGINS=" https://a.example.com/ , http://localhost:3000,")
    assert settings.cors_origins == ("https://a.example.com", "http://localhost:3000")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgres://u:p@h/d", "postgresql://u:p@h/d"),
        ("postgresql://u:p@h:5433/d?schema=public", "postgresql://u:p@h:5433/d"),
        ("postgresql://h/d?schema=public&sslmode=require", "postgresql://h/d?sslmode=require"),
        ("postgresql:///d?host=/run/postgresql", "postgresql:///d?host=%2Frun%2Fpostgresql"),
        ("postgresql://u:p%40ss@h/d", "postgresql://u:p%40ss@h/d"),
    ],
)
def test_an_address_as_prisma_writes_it_is_taken(data_dir: Path, given: str, expected: str) -> None:
    """libpq does not know `schema`, so that is left out."""
    assert read(data_dir, DATABASE_URL=given).database_url == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("smtp://mail.example.com", SmtpServer("mail.example.com", 25, False, False, None, None)),
        ("smtps://mail.example.com", SmtpServer("mail.example.com", 465, True, False, None, None)),
        ("smtp+starttls://u%40x:p%3A@mail:2525", SmtpServer("mail", 2525, False, True, "u@x", "p:")),
    ],
)
def test_a_mail_server_is_one_address(data_dir: Path, given: str, expected: SmtpServer) -> None:
    """The scheme tells how it is spoken to, and the port unless one is given."""
    assert read(data_dir, SMTP_URL=given).smtp == expected


@pytest.mark.parametrize("value", ["hello@example.com", "Qwalo <hello@example.com>", "Ana Ruiz <a@b>"])
def test_a_sender_may_have_a_name(data_dir: Path, value: str) -> None:
    """As in the header of the mail."""
    assert read(data_dir, MAIL_FROM=value).mail_from == value


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://q.example.com", "q.example.com"),
        ("http://localhost:8000", "localhost"),
        ("http://192.0.2.1", "localhost"),
        ("http://[::1]", "localhost"),
    ],
)
def test_the_sender_is_at_the_public_host(data_dir: Path, address: str, host: str) -> None:
    """Where that has a name, and none is given."""
    assert read(data_dir, QWALO_PUBLIC_URL=address).mail_from == f"Qwalo <no-reply@{host}>"


def test_proxies_are_addresses_or_networks(data_dir: Path) -> None:
    """Of both kinds; unless any is set, nobody's word about a client is taken."""
    settings = read(data_dir, QWALO_TRUSTED_PROXIES=" 127.0.0.1, 10.1.2.3/8,::1 ,")
    assert [str(network) for network in settings.trusted_proxies] == ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]
    assert read(data_dir).trusted_proxies == ()


def test_requests_are_logged_and_counted_for_others_only_if_wanted(data_dir: Path) -> None:
    """Neither is by default."""
    settings = read(data_dir)
    assert (settings.access_log, settings.metrics_token) == (False, None)
    settings = read(data_dir, QWALO_ACCESS_LOG="True", QWALO_METRICS_TOKEN="t" * 16)
    assert (settings.access_log, settings.metrics_token) == (True, "t" * 16)


@pytest.mark.parametrize("missing", ["CLERK_PUBLISHABLE_KEY", "CLERK_ISSUER", "CLERK_AUTHORIZED_PARTIES"])
def test_clerk_needs_all_of_its_settings(data_dir: Path, missing: str) -> None:
    """A part of them is a mistake, and never local sign-in."""
    with pytest.raises(SettingsError, match=f"^{missing} must be set"):
        read(data_dir, **{name: value for name, value in CLERK.items() if name != missing})


def test_clerk_publishes_its_keys_at_the_issuer(data_dir: Path) -> None:
    """Unless a key or another address is given; the key wins, as it needs no network."""
    addresses = {"CLERK_JWKS_URL": "https://keys.example.com/jwks.json"}
    default, other, pem = (read(data_dir, **CLERK, **more).clerk for more in ({}, addresses, addresses | PEM))
    assert default is not None
    assert other is not None
    assert pem is not None
    assert (default.jwks_url, default.jwt_key) == (f"{CLERK['CLERK_ISSUER']}/.well-known/jwks.json", None)
    assert other.jwks_url == "https://keys.example.com/jwks.json"
    assert (pem.jwks_url, pem.jwt_key) == (None, PEM["CLERK_JWT_KEY"])


def test_a_pem_in_one_line_is_read(data_dir: Path) -> None:
    """Many ways of setting a variable cannot hold line breaks."""
    one_line = PEM["CLERK_JWT_KEY"].replace("\n", "\\n")
    clerk = read(data_dir, **CLERK, CLERK_JWT_KEY=one_line).clerk
    assert clerk is not None
    assert clerk.jwt_key == PEM["CLERK_JWT_KEY"]


def test_what_prints_the_settings_prints_no_secret(data_dir: Path) -> None:
    """Neither the whole nor a part of them."""
    values = ClerkStandIn().environment() | {
        "DATABASE_URL": f"postgresql://u:{SECRET}@h/d",
        "SMTP_URL": f"smtp://u:{SECRET}@h",
        "QWALO_SECRET_KEY": SECRET * 3,
    }
    settings = read(data_dir, **values)
    for text in (repr(settings), str(settings), repr(settings.smtp), repr(settings.clerk)):
        assert SECRET not in text
        assert WEBHOOK_SECRET not in text


def test_a_secret_key_is_made_once_and_kept(data_dir: Path) -> None:
    """For this user of the machine only, in a folder that is made for it."""
    first = from_values({"QWALO_DATA_DIR": str(data_dir)})
    again = from_values({"QWALO_DATA_DIR": str(data_dir)})
    assert first.secret_key == again.secret_key
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE((data_dir / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert [path.name for path in data_dir.iterdir()] == ["secret_key"]


def test_a_given_secret_key_leaves_nothing_behind(data_dir: Path) -> None:
    """It is kept where it came from."""
    assert read(data_dir).secret_key == KEY
    assert not data_dir.exists()


def test_two_first_starts_agree_on_the_secret_key(data_dir: Path) -> None:
    """One wins, and the others read its whole key."""
    program = "import os, qwalo.settings as s; input(); print(s.from_values(os.environ).secret_key)"
    env = {name: value for name, value in os.environ.items() if not name.startswith("QWALO_")}
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env=env | {"QWALO_DATA_DIR": str(data_dir)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    assert len({racer.communicate(timeout=60)[0] for racer in racers}) == 1
    assert [path.name for path in data_dir.iterdir()] == ["secret_key"]


def test_a_damaged_secret_key_stops_the_start(data_dir: Path) -> None:
    """A new one would end every session and every link without a word."""
    data_dir.mkdir()
    (data_dir / "secret_key").write_text("short")
    with pytest.raises(SettingsError, match=r"damaged.*QWALO_SECRET_KEY"):
        from_values({"QWALO_DATA_DIR": str(data_dir)})


def test_a_data_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    """A file is in the way."""
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"^QWALO_DATA_DIR must be a folder") as caught:
        from_values({"QWALO_DATA_DIR": str(tmp_path / "file")})
    assert len(str(caught.value).splitlines()) == 1
