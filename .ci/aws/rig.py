"""Fills and reads an AWS that moto or ministack plays; for tests/guard/live.

usage: rig.py ENDPOINT COMMAND [ARGUMENT...]; prints JSON.
"""

import json
import sys

import boto3

ENDPOINT, COMMAND, *REST = sys.argv[1:]
ACCOUNT = "123456789012"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)


def client(name):
    return boto3.client(
        name,
        endpoint_url=ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def role(name, path="/"):
    client("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST)


def seed(roles, users):
    """Terraform's role, an emergency role, one of each kind that is left alone, and many others."""
    role("Terraform", "/ci/")
    role("BreakGlass", "/emergency/")
    role("AWSServiceRoleForX", "/aws-service-role/x.amazonaws.com/")
    role("AWSReservedSSO_Admin_0a1b2c3d", "/aws-reserved/sso.amazonaws.com/")
    for number in range(int(roles)):
        role(f"app-{number}", "/app/" if number % 2 else "/")
    for number in range(int(users)):
        client("iam").create_user(UserName=f"user-{number}")


def assume(arn):
    """Credentials of a role."""
    own = client("sts").assume_role(RoleArn=arn, RoleSessionName="ci-run")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": own["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": own["SecretAccessKey"],
        "AWS_SESSION_TOKEN": own["SessionToken"],
    }


def iam():
    """All policies of the guard: versions, the one in force, whom they are on."""
    own = client("iam")
    found = {}
    for policy in own.list_policies(Scope="Local")["Policies"]:
        arn = policy["Arn"]
        versions = own.list_policy_versions(PolicyArn=arn)["Versions"]
        on = own.list_entities_for_policy(PolicyArn=arn)
        document = own.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])
        found[policy["PolicyName"]] = {
            "arn": arn,
            "default": policy["DefaultVersionId"],
            "versions": sorted(version["VersionId"] for version in versions),
            "document": document["PolicyVersion"]["Document"],
            "on": sorted(
                [role["RoleName"] for role in on["PolicyRoles"]]
                + [user["UserName"] for user in on["PolicyUsers"]]
            ),
        }
    return found


def boundaries():
    """Which role has which boundary."""
    own = client("iam")
    found = {}
    for page in own.get_paginator("list_roles").paginate():
        for role in page["Roles"]:
            detail = own.get_role(RoleName=role["RoleName"])["Role"]
            boundary = detail.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
            if boundary:
                found[role["RoleName"]] = boundary
    return found


def organize():
    """An organization with two units; SCPs are enabled."""
    own = client("organizations")
    own.create_organization(FeatureSet="ALL")
    root = own.list_roots()["Roots"][0]["Id"]
    units = [
        own.create_organizational_unit(ParentId=root, Name=name)["OrganizationalUnit"]["Id"]
        for name in ("dev", "prod")
    ]
    return {"root": root, "units": units}


def enable(root):
    client("organizations").enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")


def scp(name, document, target):
    """A control policy that somebody else wrote."""
    own = client("organizations")
    made = own.create_policy(
        Name=name, Content=document, Description=name, Type="SERVICE_CONTROL_POLICY"
    )
    own.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=target)


def policy(name, document, role_name):
    """A managed policy that somebody else wrote."""
    own = client("iam")
    made = own.create_policy(PolicyName=name, PolicyDocument=document)
    own.attach_role_policy(RoleName=role_name, PolicyArn=made["Policy"]["Arn"])


def scps():
    """All SCPs but AWS's own: text and targets."""
    own = client("organizations")
    found = {}
    for policy in own.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]:
        if policy["AwsManaged"]:
            continue
        on = own.list_targets_for_policy(PolicyId=policy["Id"])["Targets"]
        content = own.describe_policy(PolicyId=policy["Id"])["Policy"]["Content"]
        found.setdefault(policy["Name"], []).append(
            {"content": json.loads(content), "on": [target["TargetId"] for target in on]}
        )
    return found


def meddle(name):
    """Somebody with the right to it changes a policy by hand."""
    own = client("iam")
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "s3:PutBucketPolicy", "Resource": "*"}],
    }
    own.create_policy_version(
        PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/holdpoint/{name}",
        PolicyDocument=json.dumps(document),
        SetAsDefault=True,
    )


def boundary(name):
    """A role with a boundary of somebody else's."""
    own = client("iam")
    arn = own.create_policy(
        PolicyName="theirs",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
            }
        ),
    )["Policy"]["Arn"]
    own.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=arn)
    return arn


def drop(name):
    """A role goes."""
    own = client("iam")
    for policy in own.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        own.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    own.delete_role(RoleName=name)


ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def people():
    """Users and a role, all administrators: Terraform, break-glass and engineers; with their keys."""
    own = client("iam")
    found = {}
    for name, path in (("terraform", "/ci/"), ("breakglass", "/emergency/"), ("ann", "/people/")):
        arn = own.create_user(UserName=name, Path=path)["User"]["Arn"]
        own.attach_user_policy(UserName=name, PolicyArn=ADMIN)
        key = own.create_access_key(UserName=name)["AccessKey"]
        found[name] = {
            "arn": arn,
            "keys": {
                "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            },
        }
    role("engineer", "/people/")
    own.attach_role_policy(RoleName="engineer", PolicyArn=ADMIN)
    arn = own.get_role(RoleName="engineer")["Role"]["Arn"]
    found["engineer"] = {"arn": arn, "keys": assume(arn)}
    return found


def enforce(arn):
    """Puts the newest version of a policy in force by writing it once more."""
    own = client("iam")
    versions = own.list_policy_versions(PolicyArn=arn)["Versions"]
    newest = max((version["VersionId"] for version in versions), key=lambda text: int(text[1:]))
    document = own.get_policy_version(PolicyArn=arn, VersionId=newest)["PolicyVersion"]["Document"]
    text = document if isinstance(document, str) else json.dumps(document)
    own.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)


def attempt(keys, calls):
    """Makes calls as somebody: for each whether it was let through, or the error's code."""
    from botocore.exceptions import ClientError

    keys = json.loads(keys)
    found = []
    for service, method, parameters in json.loads(calls):
        own = boto3.client(
            service,
            endpoint_url=ENDPOINT,
            region_name="us-east-1",
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=keys.get("AWS_SESSION_TOKEN"),
        )
        try:
            getattr(own, method)(**parameters)
            found.append("allowed")
        except ClientError as error:
            code = error.response["Error"]["Code"]
            denied = "AccessDenied" in code or code in ("UnauthorizedOperation", "AuthorizationError")
            found.append("denied" if denied else code)
    return found


print(json.dumps(globals()[COMMAND](*REST)))
