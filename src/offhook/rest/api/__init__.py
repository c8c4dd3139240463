"""The resources of the 2010 API, one file each. To add one, add its file and its line here."""

from typing import Final

from offhook.rest.api import (
    accounts,
    add_participant,
    applications,
    call_recordings,
    calls,
    conference_recordings,
    conferences,
    create_call,
    incoming_phone_numbers,
    notifications,
    participants,
    queue_members,
    queues,
    recording_media,
    recordings,
    sip_credential_lists,
    sip_credentials,
    sip_domain_credential_list_mappings,
    sip_domain_ip_access_control_list_mappings,
    sip_domains,
    sip_ip_access_control_lists,
    sip_ip_addresses,
    siprec,
    streams,
)
from offhook.rest.resource import Operation

OPERATIONS: Final[tuple[Operation, ...]] = (
    *accounts.OPERATIONS,
    *applications.OPERATIONS,
    *calls.OPERATIONS,
    *create_call.OPERATIONS,
    *conferences.OPERATIONS,
    *conference_recordings.OPERATIONS,
    *participants.OPERATIONS,
    *add_participant.OPERATIONS,
    *incoming_phone_numbers.OPERATIONS,
    *notifications.OPERATIONS,
    *queues.OPERATIONS,
    *queue_members.OPERATIONS,
    *recordings.OPERATIONS,
    *call_recordings.OPERATIONS,
    *recording_media.OPERATIONS,
    *sip_domains.OPERATIONS,
    *sip_domain_ip_access_control_list_mappings.OPERATIONS,
    *sip_domain_credential_list_mappings.OPERATIONS,
    *sip_credential_lists.OPERATIONS,
    *sip_credentials.OPERATIONS,
    *sip_ip_access_control_lists.OPERATIONS,
    *sip_ip_addresses.OPERATIONS,
    *siprec.OPERATIONS,
    *streams.OPERATIONS,
)
"""Everything that is served below /2010-04-01."""
