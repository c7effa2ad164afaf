"""Settings of outgoing webhooks."""

from collections.abc import Mapping

from qwalo.settings.errors import SettingsError


def webhook_private_addresses(values: Mapping[str, str]) -> bool:
    """Whether webhooks may be sent to private addresses, and without TLS: in development, or in a company's network."""
    text = values.get("QWALO_WEBHOOK_PRIVATE_ADDRESSES", "false").lower()
    if text not in {"true", "false"}:
        raise SettingsError(
            f"QWALO_WEBHOOK_PRIVATE_ADDRESSES must be true or false, not {values['QWALO_WEBHOOK_PRIVATE_ADDRESSES']!r}."
        )
    return text == "true"
