"""Values of settings for the tests of them."""

from tests.clerk import ClerkStandIn

SECRET = "hunter2-hunter2-hunter2"
KEY = "k" * 40

_environment = ClerkStandIn().environment()
PEM = {"CLERK_JWT_KEY": _environment.pop("CLERK_JWT_KEY")}
CLERK = _environment

WRONG = [
    ("QWALO_PORT", "0"),
    ("QWALO_SOCKET_PORT", "65536"),
    ("QWALO_PORT", "65536"),
    ("QWALO_PORT", "-1"),
    ("QWALO_PORT", "http"),
    ("QWALO_PORT", "٨٠٠٠"),
    ("QWALO_PORT", "²"),
    ("QWALO_HOST", "http://localhost"),
    ("QWALO_HOST", "a b"),
    ("QWALO_PUBLIC_URL", "qwalo.example.com"),
    ("QWALO_PUBLIC_URL", "ftp://qwalo.example.com"),
    ("QWALO_PUBLIC_URL", "https://qwalo.example.com/app"),
    ("QWALO_PUBLIC_URL", "https://qwalo.example.com?a=b"),
    ("QWALO_PUBLIC_URL", "https://qwalo.example.com#a"),
    ("QWALO_PUBLIC_URL", "https://"),
    ("QWALO_PUBLIC_URL", "https://[::1"),
    ("QWALO_PUBLIC_URL", "https://h:99999"),
    ("QWALO_PUBLIC_URL", f"https://user:{SECRET}@qwalo.example.com"),
    ("QWALO_PUBLIC_URL", "https://a b.example.com"),
    ("QWALO_CORS_ORIGINS", "*"),
    ("QWALO_CORS_ORIGINS", "https://a.example.com,b.example.com"),
    ("QWALO_CORS_ORIGINS", "https://a.example.com/path"),
    ("QWALO_SECRET_KEY", SECRET),
    ("DATABASE_URL", "mysql://u:p@h/d"),
    ("DATABASE_URL", f"postgresql://u:{SECRET}@h"),
    ("DATABASE_URL", f"postgresql://u:{SECRET}@h/"),
    ("DATABASE_URL", f"postgresql://u:{SECRET}@h:port/d"),
    ("DATABASE_URL", f"postgresql://u:{SECRET}@h/d?schema=other"),
    ("DATABASE_URL", f"host=h password={SECRET}"),
    ("SMTP_URL", f"http://u:{SECRET}@h"),
    ("SMTP_URL", "mail.example.com:25"),
    ("SMTP_URL", f"smtp://u:{SECRET}@"),
    ("SMTP_URL", f"smtp://u:{SECRET}@h/path"),
    ("SMTP_URL", f"smtp://u:{SECRET}@h:port"),
    ("MAIL_FROM", "nobody"),
    ("MAIL_FROM", "Qwalo <hello@>"),
    ("MAIL_FROM", "Qwalo <@example.com>"),
    ("MAIL_FROM", "a@b@c"),
    ("MAIL_FROM", "Acme, Inc. <hello@acme.com>"),
    ("MAIL_FROM", "Qwalo <hello@b\u00fccher.example>"),
    ("MAIL_FROM", "a@b\nBcc: c@d"),
    ("STUN_URLS", "stun.example.com"),
    ("STUN_URLS", "turn:turn.example.com"),
    ("STUN_URLS", "stun:stun.example.com; stun:b.example.com"),
    ("TURN_URLS", "turn:turn.example.com"),
    ("TURN_URLS", "https://turn.example.com"),
    ("TURN_SECRET", SECRET),
    ("TURN_ONLY", "yes"),
    ("TURN_ONLY", "true"),
    ("CLERK_PUBLISHABLE_KEY", f"sk_test_{SECRET}"),
    ("CLERK_ISSUER", "clerk.example.com"),
    ("CLERK_AUTHORIZED_PARTIES", "qwalo.example.com"),
    ("CLERK_AUTHORIZED_PARTIES", ","),
    ("CLERK_JWT_KEY", SECRET),
    ("CLERK_JWKS_URL", "file:///etc/passwd"),
    ("CLERK_WEBHOOK_SECRET", SECRET),
]
