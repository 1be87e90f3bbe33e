"""Actions that there are, and the form of what each acts on.

Rule: a call is a witness for more than itself, so that one or a few of each kind are enough; what
is not here is judged by what the policies name.

Source: Service Authorization Reference; IAM User Guide, "AWS: Allows MFA-authenticated IAM users to
manage their own MFA device on the My security credentials page" and its neighbours.
"""

from typing import Final

NOTHING: Final = "*"
"""What a call acts on that acts on no resource."""
ALL_BUCKETS: Final = "buckets"
"""What ListAllMyBuckets acts on: an ARN with a star, with which AWS's examples allow it.

Source: Amazon S3 User Guide, "Controlling access to a bucket with user policies".
"""
ENROLMENT: Final = frozenset(
    {
        "iam:changepassword",
        "iam:createvirtualmfadevice",
        "iam:enablemfadevice",
        "iam:getaccountpasswordpolicy",
        "iam:getaccountsummary",
        "iam:getmfadevice",
        "iam:getuser",
        "iam:listaccountaliases",
        "iam:listmfadevices",
        "iam:listusers",
        "iam:listvirtualmfadevices",
        "iam:resyncmfadevice",
        "sts:getcalleridentity",
        "sts:getsessiontoken",
    }
)
"""What AWS's own examples let a person do without MFA to get a device, in small letters."""
NOTHING_ALONE: Final = frozenset(
    {
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:setcontext",
        "sts:setsourceidentity",
        "sts:tagsession",
    }
)
"""What a key does not sign, or what counts only together with `ASSUME_ROLE`, in small letters."""
ASSUME_ROLE: Final = "sts:AssumeRole"
_USER: Final = "arn:{partition}:iam::{account}:user/*"
_ROLE: Final = "arn:{partition}:iam::{account}:role/*"
_GROUP: Final = "arn:{partition}:iam::{account}:group/*"
_OBJECT: Final = "arn:{partition}:s3:::*/*"
_BUCKET: Final = "arn:{partition}:s3:::*"
_INSTANCE: Final = "arn:{partition}:ec2:*:{account}:instance/*"
_TABLE: Final = "arn:{partition}:dynamodb:*:{account}:table/*"
_FUNCTION: Final = "arn:{partition}:lambda:*:{account}:function:*"

KNOWN: Final = {
    "s3:ListAllMyBuckets": ALL_BUCKETS,
    "s3:ListBucket": _BUCKET,
    "s3:GetBucketPolicy": _BUCKET,
    "s3:GetObject": _OBJECT,
    "s3:PutObject": _OBJECT,
    "s3:DeleteObject": _OBJECT,
    "ec2:DescribeInstances": NOTHING,
    "ec2:RunInstances": _INSTANCE,
    "ec2:StartInstances": _INSTANCE,
    "ec2:StopInstances": _INSTANCE,
    "ec2:TerminateInstances": _INSTANCE,
    "iam:ListRoles": NOTHING,
    "iam:GetAccountAuthorizationDetails": NOTHING,
    "iam:GetCredentialReport": NOTHING,
    "iam:CreateAccessKey": _USER,
    "iam:DeleteAccessKey": _USER,
    "iam:UpdateAccessKey": _USER,
    "iam:ListAccessKeys": _USER,
    "iam:CreateUser": _USER,
    "iam:DeleteUser": _USER,
    "iam:AttachUserPolicy": _USER,
    "iam:PutUserPolicy": _USER,
    "iam:CreateLoginProfile": _USER,
    "iam:UpdateLoginProfile": _USER,
    "iam:DeactivateMFADevice": _USER,
    "iam:DeleteVirtualMFADevice": "arn:{partition}:iam::{account}:mfa/*",
    "iam:AddUserToGroup": _GROUP,
    "iam:RemoveUserFromGroup": _GROUP,
    "iam:CreateRole": _ROLE,
    "iam:PassRole": _ROLE,
    "iam:UpdateAssumeRolePolicy": _ROLE,
    "iam:GetRole": _ROLE,
    "iam:CreatePolicyVersion": "arn:{partition}:iam::{account}:policy/*",
    "sts:GetFederationToken": "arn:{partition}:sts::{account}:federated-user/*",
    "lambda:ListFunctions": NOTHING,
    "lambda:InvokeFunction": _FUNCTION,
    "lambda:CreateFunction": _FUNCTION,
    "dynamodb:ListTables": NOTHING,
    "dynamodb:GetItem": _TABLE,
    "dynamodb:PutItem": _TABLE,
    "dynamodb:Query": _TABLE,
    "kms:ListKeys": NOTHING,
    "kms:Decrypt": "arn:{partition}:kms:*:{account}:key/*",
    "secretsmanager:ListSecrets": NOTHING,
    "secretsmanager:GetSecretValue": "arn:{partition}:secretsmanager:*:{account}:secret:*",
    "ssm:DescribeParameters": NOTHING,
    "ssm:GetParameter": "arn:{partition}:ssm:*:{account}:parameter/*",
    "sns:ListTopics": NOTHING,
    "sns:Publish": "arn:{partition}:sns:*:{account}:*",
    "sqs:ListQueues": "arn:{partition}:sqs:*:{account}:*",
    "sqs:SendMessage": "arn:{partition}:sqs:*:{account}:*",
    "sqs:ReceiveMessage": "arn:{partition}:sqs:*:{account}:*",
    "rds:DescribeDBInstances": "arn:{partition}:rds:*:{account}:db:*",
    "cloudformation:ListStacks": NOTHING,
    "cloudformation:CreateStack": "arn:{partition}:cloudformation:*:{account}:stack/*/*",
    "cloudtrail:LookupEvents": NOTHING,
    "cloudwatch:GetMetricData": NOTHING,
    "cloudwatch:PutMetricData": NOTHING,
    "logs:DescribeLogGroups": "arn:{partition}:logs:*:{account}:log-group:*",
    "ecr:GetAuthorizationToken": NOTHING,
    "ecs:ListClusters": NOTHING,
    "eks:ListClusters": NOTHING,
    "codecommit:GitPull": "arn:{partition}:codecommit:*:{account}:*",
    "route53:ListHostedZones": NOTHING,
    "organizations:DescribeOrganization": NOTHING,
    "ce:GetCostAndUsage": "arn:{partition}:ce::{account}:*",
}
"""Actions and what they act on: `NOTHING`, `ALL_BUCKETS`, or a pattern of ARNs."""
