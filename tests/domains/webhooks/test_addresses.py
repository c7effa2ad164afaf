"""Which URLs a webhook can have, and which addresses are private."""

import ipaddress

import pytest

from qwalo.webhooks.addresses import UnusableUrl, is_public, normal_url, refusal


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://hooks.example.com/qwalo", "https://hooks.example.com/qwalo"),
        (" HTTPS://Hooks.Example.com ", "https://hooks.example.com"),
        ("https://hooks.example.com:8443/a?b=c&d=%20", "https://hooks.example.com:8443/a?b=c&d=%20"),
        ("https://b\u00fccher.example/\u00e4", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://example\u3002com/", "https://example.com/"),
        ("https://203.0.113.7/", "https://203.0.113.7/"),
        ("https://[2606:4700::1111]:444/", "https://[2606:4700::1111]:444/"),
        ("http://localhost:8642/", "http://localhost:8642/"),
    ],
)
def test_a_url_is_kept_in_one_form(given: str, kept: str) -> None:
    """In lower case, and in ASCII, as it is connected to."""
    assert normal_url(given) == kept


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "//hooks.example.com/",
        "https:///path",
        "https:hooks.example.com",
        "https:/hooks.example.com",
        "https://",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "gopher://127.0.0.1:6379/_SET",
        "https://user:password@hooks.example.com/",
        "https://user@hooks.example.com/",
        "https://@hooks.example.com/",
        "https://hooks.example.com\\@evil.example/",
        "https://hooks.example.com/#fragment",
        "https://hooks.example.com/#",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:x/",
        "https://hooks .example.com/",
        "https://hooks.example.com/\r\nX-Evil: 1",
        "https://hooks.example.com/\x00",
        "https://a..example.com/",
        "https://-a.example.com/",
        "https://hooks.example.com%00.evil.example/",
        "https://[::1",
        "https://hooks.example.com/100%",
        "https://[fe80::1%25eth0]/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://017700000001/",
        "https://127.1/",
        "https://127.0.0.1.5/",
        f"https://hooks.example.com/{'a' * 2000}",
        f"https://{'a.' * 130}com/",
    ],
)
def test_a_bad_url_is_refused(url: str) -> None:
    """Whatever a parser could read in two ways, too."""
    with pytest.raises(UnusableUrl):
        normal_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://qwalo.localhost/",
        "https://127.0.0.1/",
        "https://127.8.9.10/",
        "https://0.0.0.0/",
        "https://10.0.0.5/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a00:5]/",
        "https://[fd00:ec2::254]/",
    ],
)
def test_a_private_url_is_refused_where_only_public_ones_may_be(url: str) -> None:
    """Already when it is entered, and with what allows it."""
    assert "QWALO_WEBHOOK_PRIVATE_ADDRESSES" in (refusal(normal_url(url)) or "")


def test_a_public_url_is_not_refused() -> None:
    assert refusal(normal_url("https://hooks.example.com:8443/x")) is None


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.88.99.1", "198.18.0.1"),
        *("168.63.129.16", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::", "2001::1"),
        *("fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "ff0e::1", "2001:db8::1"),
        *("3fff::1", "5f00::1", "100::1", "4000::1"),
    ],
)
def test_an_address_that_is_not_of_the_internet_is_private(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    """By way of what an IPv6 network writes for an IPv4 address, too."""
    assert is_public(ipaddress.ip_address(address))
