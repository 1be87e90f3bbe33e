# ruff: noqa: N802 - calls are named as AWS names them
"""An IAM and an organization that a test makes up, over HTTP, in the form and the pages of AWS."""

import base64
import csv
import io
import json
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from support.iam_world import LISTS, Json, World, document
from support.loopback import Loopback

_PAGE = 100
_ENABLED = "2026-01-01T00:00:00Z"
_KINDS = dict(zip(LISTS, ("User", "Group", "Role", "LocalManagedPolicy"), strict=True))
_COLUMNS = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
    "a_column_of_tomorrow",
]


class AbsentError(Exception):
    """There is no such thing."""


def _xml(value: object) -> str:
    if isinstance(value, dict):
        return "".join(f"<{name}>{_xml(it)}</{name}>" for name, it in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{_xml(it)}</member>" for it in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(str(value))


class Answers:
    """What each call of IAM answers."""

    def __init__(self, world: World) -> None:
        self.world = world

    def answer(self, action: str, asked: dict[str, str]) -> Json:
        """Return the result of a call."""
        if action in self.world.gone:
            raise AbsentError
        found: Json = getattr(self, action)(asked)
        return found

    def GetAccountAuthorizationDetails(self, asked: dict[str, str]) -> Json:
        wanted = {text for name, text in asked.items() if name.startswith("Filter.member")}
        every = [
            (name, it) for name in LISTS if _KINDS[name] in wanted for it in self.world.lists[name]
        ]
        start = int(asked.get("Marker", "0"))
        page: Json = {name: [] for name in LISTS}
        for name, it in every[start : start + _PAGE]:
            page[name].append(it)
        is_more = start + _PAGE < len(every)
        more = {"Marker": start + _PAGE} if is_more else {}
        return {"IsTruncated": is_more, **more, **page}

    def GenerateCredentialReport(self, _asked: dict[str, str]) -> Json:
        if not self.world.report_takes:
            return {"State": "COMPLETE"}
        self.world.report_takes -= 1
        is_first = self.world.calls.count("GenerateCredentialReport") == 1
        return {"State": "STARTED" if is_first else "INPROGRESS"}

    def GetCredentialReport(self, _asked: dict[str, str]) -> Json:
        if self.world.report_takes:
            raise AbsentError
        file = io.StringIO()
        writer = csv.DictWriter(file, _COLUMNS, restval="N/A", lineterminator="\n")
        writer.writeheader()
        writer.writerow({"user": "<root_account>", **self.world.root})
        for user in self.world.lists["UserDetailList"]:
            writer.writerow(self._row(user))
        return {
            "Content": base64.b64encode(file.getvalue().encode()).decode(),
            "ReportFormat": "text/csv",
            "GeneratedTime": "2026-11-27T08:00:00Z",
        }

    def _row(self, user: Json) -> Json:
        name = user["UserName"]
        row: Json = {"user": name, "arn": user["Arn"]}
        row["password_enabled"] = str(name in self.world.passwords).lower()
        row["mfa_active"] = "false"
        if self.world.report_is_stale:
            return row
        row["mfa_active"] = str(bool(self.world.devices.get(name))).lower()
        for number, (_, status, created, used) in enumerate(self.world.keys.get(name, []), 1):
            row[f"access_key_{number}_active"] = str(status == "Active").lower()
            row[f"access_key_{number}_last_rotated"] = created.replace("Z", "+00:00")
            row[f"access_key_{number}_last_used_date"] = used.replace("Z", "+00:00") or "N/A"
        return row

    def GetAccountSummary(self, _asked: dict[str, str]) -> Json:
        entries = [{"key": key, "value": value} for key, value in self.world.summary.items()]
        body = "".join(f"<entry>{_xml(entry)}</entry>" for entry in entries)
        return {"SummaryMap": _Raw(body)}

    def ListAccessKeys(self, asked: dict[str, str]) -> Json:
        found = [
            {
                "UserName": asked["UserName"],
                "AccessKeyId": key,
                "Status": status,
                "CreateDate": created,
            }
            for key, status, created, _ in self.world.keys.get(asked["UserName"], [])
        ]
        return {"AccessKeyMetadata": found, "IsTruncated": False}

    def GetAccessKeyLastUsed(self, asked: dict[str, str]) -> Json:
        every = [key for keys in self.world.keys.values() for key in keys]
        used = next(key[3] for key in every if key[0] == asked["AccessKeyId"])
        date = {"LastUsedDate": used} if used else {}
        return {"AccessKeyLastUsed": {**date, "ServiceName": "N/A", "Region": "N/A"}}

    def ListVirtualMFADevices(self, asked: dict[str, str]) -> Json:
        assert asked["AssignmentStatus"] == "Assigned"
        fields = ("UserName", "Arn", "UserId")
        every: list[Json] = []
        for name, serials in self.world.devices.items():
            user = {key: self._one("User", name)[key] for key in fields}
            virtual = [it for it in serials if ":mfa/" in it]
            every += [{"SerialNumber": it, "EnableDate": _ENABLED, "User": user} for it in virtual]
        start = int(asked.get("Marker", "0"))
        is_more = start + _PAGE < len(every)
        more = {"Marker": start + _PAGE} if is_more else {}
        found = every[start : start + _PAGE]
        return {"VirtualMFADevices": found, "IsTruncated": is_more, **more}

    def ListMFADevices(self, asked: dict[str, str]) -> Json:
        name = asked["UserName"]
        found = [
            {"UserName": name, "SerialNumber": it, "EnableDate": _ENABLED}
            for it in self.world.devices.get(name, [])
        ]
        return {"MFADevices": found, "IsTruncated": False}

    def GetLoginProfile(self, asked: dict[str, str]) -> Json:
        if asked["UserName"] not in self.world.passwords:
            raise AbsentError
        profile = {"UserName": asked["UserName"], "CreateDate": "2026-01-01T00:00:00Z"}
        return {"LoginProfile": profile}

    def GetPolicy(self, asked: dict[str, str]) -> Json:
        arn = asked["PolicyArn"]
        local = self._local(arn)
        versions = local["PolicyVersionList"] if local else []
        default = next((it["VersionId"] for it in versions if it["IsDefaultVersion"]), "v7")
        return {"Policy": {"Arn": arn, "DefaultVersionId": default}}

    def GetPolicyVersion(self, asked: dict[str, str]) -> Json:
        arn, version = asked["PolicyArn"], asked["VersionId"]
        local = self._local(arn)
        if local is None:
            assert version == "v7"
            found = {"Document": document(self.world.aws_managed[arn]), "VersionId": version}
            return {"PolicyVersion": found}
        return {
            "PolicyVersion": next(
                it for it in local["PolicyVersionList"] if it["VersionId"] == version
            )
        }

    def _local(self, arn: str) -> Json | None:
        return next((it for it in self.world.lists["Policies"] if it["Arn"] == arn), None)

    def _one(self, kind: str, name: str) -> Json:
        every = self.world.lists[f"{kind}DetailList"]
        return next(it for it in every if it[f"{kind}Name"] == name)

    def ListUsers(self, asked: dict[str, str]) -> Json:
        return self._page("Users", "UserDetailList", ("UserName", "Arn", "UserId"), asked)

    def ListGroups(self, asked: dict[str, str]) -> Json:
        return self._page("Groups", "GroupDetailList", ("GroupName", "Arn"), asked)

    def ListRoles(self, asked: dict[str, str]) -> Json:
        fields = ("RoleName", "Arn", "Path", "AssumeRolePolicyDocument")
        return self._page("Roles", "RoleDetailList", fields, asked)

    def _page(self, name: str, of: str, fields: tuple[str, ...], asked: dict[str, str]) -> Json:
        every = [{key: it[key] for key in fields} for it in self.world.lists[of]]
        start = int(asked.get("Marker", "0"))
        is_more = start + _PAGE < len(every)
        more = {"Marker": start + _PAGE} if is_more else {}
        return {name: every[start : start + _PAGE], "IsTruncated": is_more, **more}

    def GetUser(self, asked: dict[str, str]) -> Json:
        user = self._one("User", asked["UserName"])
        fields = ("UserName", "Arn", "UserId", "PermissionsBoundary", "Tags")
        return {"User": {name: user[name] for name in fields if name in user}}

    def ListGroupsForUser(self, asked: dict[str, str]) -> Json:
        names = self._one("User", asked["UserName"])["GroupList"]
        return {"Groups": [{"GroupName": name} for name in names], "IsTruncated": False}

    def ListUserPolicies(self, asked: dict[str, str]) -> Json:
        return self._inline("User", asked)

    def ListGroupPolicies(self, asked: dict[str, str]) -> Json:
        return self._inline("Group", asked)

    def GetUserPolicy(self, asked: dict[str, str]) -> Json:
        return self._inline_document("User", asked)

    def GetGroupPolicy(self, asked: dict[str, str]) -> Json:
        return self._inline_document("Group", asked)

    def ListAttachedUserPolicies(self, asked: dict[str, str]) -> Json:
        return self._attached("User", asked)

    def ListAttachedGroupPolicies(self, asked: dict[str, str]) -> Json:
        return self._attached("Group", asked)

    def _inline(self, kind: str, asked: dict[str, str]) -> Json:
        owner = self._one(kind, asked[f"{kind}Name"])
        names = [it["PolicyName"] for it in owner[f"{kind}PolicyList"]]
        return {"PolicyNames": names, "IsTruncated": False}

    def _inline_document(self, kind: str, asked: dict[str, str]) -> Json:
        owner = self._one(kind, asked[f"{kind}Name"])
        found: Json = next(
            it for it in owner[f"{kind}PolicyList"] if it["PolicyName"] == asked["PolicyName"]
        )
        return found

    def _attached(self, kind: str, asked: dict[str, str]) -> Json:
        owner = self._one(kind, asked[f"{kind}Name"])
        return {"AttachedPolicies": owner["AttachedManagedPolicies"], "IsTruncated": False}


class _Raw(str):
    """XML that is whole already."""

    __slots__ = ()


class IAMServer(Loopback):
    """Serves a world."""

    def __init__(self, world: World) -> None:
        answers = Answers(world)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                target = self.headers.get("X-Amz-Target")
                if target:
                    self._reply_json(*_organization(world, target.partition(".")[2], body))
                    return
                asked = {name: texts[0] for name, texts in parse_qs(body).items()}
                action = asked.pop("Action")
                world.calls.append(action)
                if action in world.refused:
                    self._refuse(world.refused[action], 403)
                    return
                try:
                    result = answers.answer(action, asked)
                except AbsentError:
                    self._refuse("NoSuchEntity", 404)
                    return
                inner = "".join(
                    f"<{name}>{it if isinstance(it, _Raw) else _xml(it)}</{name}>"
                    for name, it in result.items()
                )
                space = 'xmlns="https://iam.amazonaws.com/doc/2010-05-08/"'
                self._reply(
                    200,
                    f"<{action}Response {space}><{action}Result>{inner}</{action}Result>"
                    f"</{action}Response>",
                )

            def _refuse(self, code: str, status: int) -> None:
                space = 'xmlns="https://iam.amazonaws.com/doc/2010-05-08/"'
                text = "User: arn:aws:sts::2:assumed-role/A/a is not authorized"
                self._reply(
                    status,
                    f"<ErrorResponse {space}><Error><Type>Sender</Type><Code>{code}</Code>"
                    f"<Message>{text}</Message></Error><RequestId>1</RequestId></ErrorResponse>",
                )

            def _reply(self, status: int, text: str, kind: str = "text/xml") -> None:
                data = text.encode()
                self.send_response_only(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _reply_json(self, status: int, result: Json) -> None:
                self._reply(status, json.dumps(result), "application/x-amz-json-1.1")

        super().__init__(Handler)


def _organization(world: World, action: str, body: str) -> tuple[int, Json]:
    """Answer a call of AWS Organizations; levels are named by their number."""
    world.calls.append(action)
    asked = json.loads(body)
    if action in world.denied:
        return 400, {"__type": "AccessDeniedException", "Message": "no"}
    if world.levels is None:
        return 400, {"__type": "AWSOrganizationsNotInUseException", "Message": "no"}
    levels = dict(enumerate(world.levels))
    if action == "DescribeOrganization":
        return 200, {"Organization": {"Id": "o-practice00", "MasterAccountId": "999999999999"}}
    if action == "ListParents":
        child = asked["ChildId"]
        above = len(levels) - 2 if child == world.account_id else int(child.partition("-")[2]) - 1
        kind = "ORGANIZATIONAL_UNIT" if above else "ROOT"
        return 200, {"Parents": [{"Id": f"ou-{above}", "Type": kind}]}
    if action == "ListPoliciesForTarget":
        target = asked["TargetId"]
        at = len(levels) - 1 if target == world.account_id else int(target.partition("-")[2])
        names = [
            {"Id": f"p-{at}-{number}", "Name": f"scp{at}"} for number in range(len(levels[at]))
        ]
        return 200, {"Policies": names}
    _, at_text, number = asked["PolicyId"].split("-")
    return 200, {"Policy": {"Content": json.dumps(levels[int(at_text)][int(number)])}}
