"""BYOC trunks as the commands speak of them: by name, with the targets of their connection policy.

    trunk -- connection policy --> targets, in the order in which they are tried
          <-- SIP Domain           whose calls are the trunk's <-- IP records of who may call it
          -- registration          at the carrier, where there is one

A trunk that a command makes has a connection policy of its own, of the same name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final

from offhook.base.ids import is_sid
from offhook.cli.domain_api import DomainApi
from offhook.cli.node_api import NodeApi, NodeApiError

Record = dict[str, Any]

TRUNKS: Final = "/v1/ByocTrunks"
POLICIES: Final = "/v1/ConnectionPolicies"
RECORDS: Final = "/v1/IpRecords"
MAPPINGS: Final = "/v1/SourceIpMappings"
IN_USE: Final = 20409


@dataclass(frozen=True, slots=True)
class TrunkApi:
    """The trunks of one account."""

    node: NodeApi

    def all(self) -> list[Record]:
        """The trunks, the newest first."""
        return self.node.all(TRUNKS, "byoc_trunks")

    def find(self, wanted: str) -> Record:
        """The trunk of this name or Sid. Raises: NodeApiError for none, and for several of one name."""
        trunks = self.all()
        field = "sid" if is_sid(wanted, "BY") else "friendly_name"
        found = [trunk for trunk in trunks if trunk[field] == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            sids = ", ".join(trunk["sid"] for trunk in found)
            raise NodeApiError(f"{len(found)} trunks are called {wanted}; say which: {sids}")
        names = ", ".join(trunk["friendly_name"] or trunk["sid"] for trunk in trunks[:10])
        there = names or "none; add one with trunk create"
        raise NodeApiError(f"there is no trunk {wanted}; the account has {there}")

    def create(self, name: str, targets: Sequence[str], **settings: str) -> Record:
        """A new one, with a policy of its own where there are targets."""
        if targets:
            policy = self.node.post(POLICIES, FriendlyName=name)
            self._add(policy["sid"], targets)
            settings["ConnectionPolicySid"] = policy["sid"]
        made: Record = self.node.post(TRUNKS, FriendlyName=name, **settings)
        return made

    def change(self, trunk: Record, targets: Sequence[str] | None, **settings: str) -> Record:
        """targets: in place of those it has; None leaves them."""
        if targets is not None:
            policy_sid = trunk["connection_policy_sid"]
            if policy_sid is None:
                policy_sid = self.node.post(POLICIES, FriendlyName=trunk["friendly_name"])["sid"]
                settings["ConnectionPolicySid"] = policy_sid
            before = self.targets(trunk)
            self._add(policy_sid, targets)
            for target in before:
                self.node.delete(f"{POLICIES}/{policy_sid}/Targets/{target['sid']}")
        changed: Record = self.node.post(f"{TRUNKS}/{trunk['sid']}", **settings) if settings else trunk
        return changed

    def _add(self, policy_sid: str, targets: Sequence[str]) -> None:
        for priority, target in enumerate(targets, start=1):
            self.node.post(f"{POLICIES}/{policy_sid}/Targets", Target=target, Priority=str(priority))

    def delete(self, trunk: Record) -> None:
        """With its registration, and the policy of its name unless another trunk goes by it.

        Its SIP Domains stay, and answer for themselves.
        """
        for domain in self.domains(trunk):
            self._set_trunk(domain, "")
        self.node.delete(f"{TRUNKS}/{trunk['sid']}")
        policy_sid = trunk["connection_policy_sid"]
        policy = None if policy_sid is None else self.node.get(f"{POLICIES}/{policy_sid}")
        if policy is None or policy["friendly_name"] != trunk["friendly_name"]:
            return
        try:
            self.node.delete(f"{POLICIES}/{policy_sid}")
        except NodeApiError as error:
            if error.code != IN_USE:
                raise

    def targets(self, trunk: Record) -> list[Record]:
        """In the order of their priority, those of one with the newest first."""
        policy_sid = trunk["connection_policy_sid"]
        if policy_sid is None:
            return []
        found = self.node.all(f"{POLICIES}/{policy_sid}/Targets", "targets")
        return sorted(found, key=lambda target: int(target["priority"]))

    # The Domain that is the carrier's door

    def domains(self, trunk: Record) -> list[Record]:
        """The SIP Domains whose calls are the trunk's."""
        return [each for each in DomainApi(self.node).domains() if each["byoc_trunk_sid"] == trunk["sid"]]

    def take_calls_of(self, trunk: Record, domain_name: str) -> None:
        """Have the calls of a Domain be the trunk's. Raises: NodeApiError without the Domain."""
        self._set_trunk(DomainApi(self.node).find(domain_name), trunk["sid"])

    def _set_trunk(self, domain: Record, trunk_sid: str) -> None:
        path = f"{self.node.account_path}/SIP/Domains/{domain['sid']}.json"
        self.node.post(path, ByocTrunkSid=trunk_sid)

    def allow(self, trunk: Record, block: IPv4Network) -> Record:
        """Let a block of addresses call the trunk, by a source IP mapping to its Domain; the Domain.

        Raises: NodeApiError.
        """
        domains = self.domains(trunk)
        if not domains:
            name = trunk["friendly_name"] or trunk["sid"]
            raise NodeApiError(f"{name} has no SIP Domain; say which: offhook trunk set {name} --domain NAME")
        record = self.node.post(
            RECORDS, IpAddress=str(block.network_address), CidrPrefixLength=str(block.prefixlen)
        )
        self.node.post(MAPPINGS, IpRecordSid=record["sid"], SipDomainSid=domains[0]["sid"])
        return domains[0]

    def allowed(self, trunk: Record) -> list[tuple[IPv4Network, Record, Record]]:
        """The blocks that may call the trunk, each with its mapping and its IP record, in their order."""
        domains = {domain["sid"] for domain in self.domains(trunk)}
        records = {each["sid"]: each for each in self.node.all(RECORDS, "ip_records")}
        found = [
            (_block(records[each["ip_record_sid"]]), each, records[each["ip_record_sid"]])
            for each in self.node.all(MAPPINGS, "source_ip_mappings")
            if each["sip_domain_sid"] in domains and each["ip_record_sid"] in records
        ]
        return sorted(found, key=lambda each: each[0])

    def disallow(self, trunk: Record, block: IPv4Network) -> None:
        """Take back what `allow` gave. Raises: NodeApiError where it is not among those that may call."""
        allowed = self.allowed(trunk)
        found = [each for each in allowed if each[0] == block]
        if not found:
            there = ", ".join(str(each) for each, _, _ in allowed) or "none"
            name = trunk["friendly_name"] or trunk["sid"]
            raise NodeApiError(f"{block} is not among those that may call {name}: {there}")
        for _, mapping, record in found:
            self.node.delete(f"{MAPPINGS}/{mapping['sid']}")
            self.node.delete(f"{RECORDS}/{record['sid']}")

    # Registration

    def registration(self, trunk: Record) -> Record | None:
        """How it stands; None where there is none."""
        found: Record | None = self.node.get(self._registration(trunk))
        return found

    def register(self, trunk: Record, **form: str) -> Record:
        """Begin or change it."""
        made: Record = self.node.post(self._registration(trunk), **form)
        return made

    def unregister(self, trunk: Record) -> None:
        """End it. Raises: NodeApiError where there is none."""
        self.node.delete(self._registration(trunk))

    def _registration(self, trunk: Record) -> str:
        return f"/offhook/v1/ByocTrunks/{trunk['sid']}/Registration"


def _block(record: Record) -> IPv4Network:
    return IPv4Network((record["ip_address"], record["cidr_prefix_length"]), strict=False)
