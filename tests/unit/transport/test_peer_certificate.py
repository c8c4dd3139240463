"""Who a certificate is of, by RFC 5922."""

import pytest

from offhook.transport.peer_certificate import complaint_about, identity_in

DNS = (("DNS", "Example.com"), ("DNS", "*.example.org"))
SIP = (("URI", "sip:sip.example"), ("URI", "sip:user@users.example"), ("URI", "https://web.example"), *DNS)
IP = (("IP Address", "192.0.2.7"), ("IP Address", "2001:DB8:0:0:0:0:0:1"), ("DNS", "192.0.2.9"))


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (DNS, "example.com"),
        (DNS, "EXAMPLE.com."),
        (SIP, "sip.example"),
        (IP, "192.0.2.7"),
        (IP, "2001:db8::1"),
        ((("URI", "https://web.example"), *DNS), "example.com"),
    ],
)
def test_whom_it_names_is_whom_it_is_of(names: tuple[tuple[str, str], ...], wanted: str) -> None:
    assert complaint_about({"subjectAltName": names}, wanted) is None


@pytest.mark.parametrize(
    ("names", "wanted", "says"),
    [
        (DNS, "other.example", "not of other.example but of Example.com, *.example.org (wildcards"),
        (DNS, "pbx.example.org", "wildcards do not count"),
        (SIP, "example.com", "but of sip.example"),
        (SIP, "users.example", "but of sip.example"),
        (SIP, "web.example", "but of sip.example"),
        (IP, "192.0.2.8", "but of 192.0.2.7, 2001:DB8"),
        (IP, "192.0.2.9", "but of 192.0.2.7"),
        (DNS, "192.0.2.7", "but of nobody of that kind"),
    ],
)
def test_whom_it_does_not_name_is_told_whom_it_names(
    names: tuple[tuple[str, str], ...], wanted: str, says: str
) -> None:
    complaint = complaint_about({"subjectAltName": names}, wanted)
    assert complaint is not None
    assert says in complaint


@pytest.mark.parametrize(
    ("wanted", "is_right"),
    [
        ("pbx.example.org", True),
        ("PBX.Example.org.", True),
        ("a.pbx.example.org", False),
        ("example.org", False),
        ("example.com", True),
        ("192.0.2.7", False),
    ],
)
def test_a_wildcard_stands_for_one_label_where_the_operator_lets_it(wanted: str, is_right: bool) -> None:
    certificate = {"subjectAltName": DNS}
    assert (complaint_about(certificate, wanted, takes_wildcards=True) is None) is is_right


@pytest.mark.parametrize(
    ("certificate", "identity"),
    [
        ({"subjectAltName": SIP}, "sip.example"),
        ({"subjectAltName": DNS}, "Example.com"),
        ({"subjectAltName": (("email", "alice@example.com"),)}, "alice@example.com"),
        ({"subject": ((("commonName", "Phone 7"),),)}, "Phone 7"),
        ({}, ""),
    ],
)
def test_who_has_a_certificate_is_told_by_its_first_name(
    certificate: dict[str, object], identity: str
) -> None:
    assert identity_in(certificate) == identity


def test_a_certificate_without_alternative_names_is_of_nobody() -> None:
    assert complaint_about({"subject": ((("commonName", "example.com"),),)}, "example.com") is not None
