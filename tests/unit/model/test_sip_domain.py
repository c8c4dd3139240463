"""What a SIP Domain asks of its callers."""

from dataclasses import replace

import pytest

from tests.support.stores import sip_domain


@pytest.mark.parametrize(
    ("has_ip_acl", "has_credential_list", "auth_type"),
    [
        (False, False, ""),
        (True, False, "IP_ACL"),
        (False, True, "CREDENTIAL_LIST"),
        (True, True, "IP_ACL,CREDENTIAL_LIST"),
    ],
)
def test_auth_type_names_what_is_mapped(has_ip_acl: bool, has_credential_list: bool, auth_type: str) -> None:
    domain = replace(sip_domain(), has_ip_acl=has_ip_acl, has_credential_list=has_credential_list)
    assert domain.auth_type == auth_type
