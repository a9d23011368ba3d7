package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func TestCheckExemptActionAccepts(t *testing.T) {
	t.Parallel()
	for _, action := range []string{
		"iam:ChangePassword",
		"iam:GetAccountPasswordPolicy",
		"iam:GetAccountSummary",
		"iam:GetLoginProfile",
		"iam:GetMFADevice",
		"iam:GetUserPolicy",
		"iam:ListAccessKeys",
		"iam:ListAccountAliases",
		"iam:ListAttachedUserPolicies",
		"iam:ListGroupsForUser",
		"iam:ListSSHPublicKeys",
		"iam:ListServiceSpecificCredentials",
		"iam:ListSigningCertificates",
		"iam:ListUserPolicies",
		"iam:ListUserTags",
		"iam:ListVirtualMFADevices",
		"codecommit:GitPull",
		"codecommit:GitPush",
		"s3:GetObject",
		"ec2:DescribeInstances",
		"s3:GetBucketPolicy",
		"ecr:BatchGetImage",
		"resource-explorer-2:Search",
		"a4b:GetRoom",
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, policy.CheckExemptAction(action))
		})
	}
}

func TestCheckExemptActionRefuses(t *testing.T) {
	t.Parallel()
	const (
		access      = "changes who may use a resource"
		wildcard    = "has a wildcard"
		notAnAction = "does not look like an action"
		already     = "is part of the enrolment set already"
		undoesMFA   = "undoes MFA"
		iamOnly     = "of IAM only actions that read or change nothing but the caller's password"
		handsAccess = "is of a service that hands out access"
		handsSecret = "hands out credentials or secrets"
		acts        = "makes calls with the caller's credentials"
	)
	for action, reason := range map[string]string{
		"s3:PutBucketPolicy":                      access,
		"s3:PutObjectAcl":                         access,
		"s3:PutPublicAccessBlock":                 access,
		"s3:DeleteBucketPolicy":                   access,
		"lambda:AddPermission":                    access,
		"sns:AddPermission":                       access,
		"ec2:ModifyVpcEndpointServicePermissions": access,
		"*":             wildcard,
		"*:*":           wildcard,
		"iam:*":         wildcard,
		"iam:Get*":      wildcard,
		"iam:GetUse?":   wildcard,
		"s3:*":          wildcard,
		"s3*:Get":       wildcard,
		"sts:Assume*":   wildcard,
		"arn:aws:s3::*": wildcard,

		"":                     notAnAction,
		":":                    notAnAction,
		"GetUser":              notAnAction,
		"ChangePassword":       notAnAction,
		":ChangePassword":      notAnAction,
		"iam:":                 notAnAction,
		"iam":                  notAnAction,
		"iam:changePassword":   notAnAction,
		"iam:changepassword":   notAnAction,
		"IAM:ChangePassword":   notAnAction,
		"Iam:ChangePassword":   notAnAction,
		" iam:ChangePassword":  notAnAction,
		"iam:ChangePassword ":  notAnAction,
		"iam:ChangePassword\n": notAnAction,
		"iam: ChangePassword":  notAnAction,
		"iam:Change-Password":  notAnAction,
		"iam:Change:Password":  notAnAction,
		"iam::ChangePassword":  notAnAction,
		"${aws:x}:Get":         notAnAction,
		"s3:${Action}":         notAnAction,
		"-s3:GetObject":        notAnAction,
		"s3-:GetObject":        notAnAction,
		"ſ3:GetObject":         notAnAction,
		"STS:AssumeRole":       notAnAction,
		"rds-db:connect":       notAnAction,

		"iam:GetUser":                already,
		"iam:CreateVirtualMFADevice": already,
		"iam:EnableMFADevice":        already,
		"iam:ListMFADevices":         already,
		"iam:ResyncMFADevice":        already,
		"sts:GetSessionToken":        already,

		"iam:DeactivateMFADevice":    undoesMFA,
		"iam:DeleteVirtualMFADevice": undoesMFA,

		"iam:AddUserToGroup":                  iamOnly,
		"iam:AttachGroupPolicy":               iamOnly,
		"iam:AttachUserPolicy":                iamOnly,
		"iam:CreateAccessKey":                 iamOnly,
		"iam:CreateLoginProfile":              iamOnly,
		"iam:CreatePolicyVersion":             iamOnly,
		"iam:CreateServiceSpecificCredential": iamOnly,
		"iam:DEACTIVATEMFADEVICE":             iamOnly,
		"iam:DeleteUserPolicy":                iamOnly,
		"iam:DetachGroupPolicy":               iamOnly,
		"iam:GETUSER":                         iamOnly,
		"iam:GetRole":                         iamOnly,
		"iam:ListUsers":                       iamOnly,
		"iam:NoSuchAction":                    iamOnly,
		"iam:PassRole":                        iamOnly,
		"iam:PutUserPolicy":                   iamOnly,
		"iam:RemoveUserFromGroup":             iamOnly,
		"iam:SetDefaultPolicyVersion":         iamOnly,
		"iam:UpdateAccessKey":                 iamOnly,
		"iam:UpdateAssumeRolePolicy":          iamOnly,
		"iam:UpdateLoginProfile":              iamOnly,
		"iam:UploadSSHPublicKey":              iamOnly,

		"sts:GetCallerIdentity": "needs no exemption: AWS never denies it",

		"account:PutAlternateContact":     handsAccess,
		"identitystore:CreateUser":        handsAccess,
		"organizations:LeaveOrganization": handsAccess,
		"rolesanywhere:CreateProfile":     handsAccess,
		"signin:CreateOAuth2Token":        handsAccess,
		"sso:GetRoleCredentials":          handsAccess,
		"sts:ASSUMEROLE":                  handsAccess,
		"sts:AssumeRole":                  handsAccess,
		"sts:AssumeRoleWithSAML":          handsAccess,
		"sts:GetFederationToken":          handsAccess,
		"sts:Getsessiontoken":             handsAccess,
		"sts:TagSession":                  handsAccess,

		"cognito-identity:GetCredentialsForIdentity":     handsSecret,
		"ec2-instance-connect:SendSSHPublicKey":          handsSecret,
		"ec2:GetPasswordData":                            handsSecret,
		"ecr-public:GetAuthorizationToken":               handsSecret,
		"ecr:GetAuthorizationToken":                      handsSecret,
		"ecr:GETAUTHORIZATIONTOKEN":                      handsSecret,
		"ecs:ExecuteCommand":                             handsSecret,
		"eks:CreateAccessEntry":                          handsSecret,
		"kms:Decrypt":                                    handsSecret,
		"kms:CreateGrant":                                handsSecret,
		"lakeformation:GetTemporaryGlueTableCredentials": handsSecret,
		"redshift:GetClusterCredentials":                 handsSecret,
		"s3:GetDataAccess":                               handsSecret,
		"s3express:CreateSession":                        handsSecret,
		"secretsmanager:GetSecretValue":                  handsSecret,
		"secretsmanager:Getsecretvalue":                  handsSecret,
		"ssm:GetParameter":                               handsSecret,
		"ssm:GetParameterHistory":                        handsSecret,
		"ssm:StartSession":                               handsSecret,

		"athena:StartQueryExecution":                   acts,
		"cloudformation:CreateStack":                   acts,
		"cloudformation:ExecuteChangeSet":              acts,
		"cloudformation:CreateResource":                acts,
		"cloudshell:PutCredentials":                    acts,
		"elasticbeanstalk:CreateApplication":           acts,
		"glue:CreateDevEndpoint":                       acts,
		"serverlessrepo:CreateCloudFormationChangeSet": acts,
		"servicecatalog:ProvisionProduct":              acts,
		"ssm:StartAutomationExecution":                 acts,
		"ssm:STARTAUTOMATIONEXECUTION":                 acts,
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			err := policy.CheckExemptAction(action)
			require.ErrorIs(t, err, policy.ErrExemptAction)
			require.ErrorContains(t, err, reason)
		})
	}
}

func TestCheckExemptActionQuotesWhatItRefuses(t *testing.T) {
	t.Parallel()
	require.EqualError(t, policy.CheckExemptAction("iam:ChangePassword\n"),
		`action cannot be exempt from MFA: "iam:ChangePassword\n" does not look like an action: `+
			`write service:Action, as in iam:ChangePassword`)
}

// The scope decides the grant: on the caller's own user, on the account, or none.
func TestExemptActionScopes(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]string{
		"iam:ChangePassword":           policy.SidExemptOwnUser,
		"iam:GetLoginProfile":          policy.SidExemptOwnUser,
		"iam:GetMFADevice":             policy.SidExemptOwnUser,
		"iam:GetUserPolicy":            policy.SidExemptOwnUser,
		"iam:ListAccessKeys":           policy.SidExemptOwnUser,
		"iam:ListAttachedUserPolicies": policy.SidExemptOwnUser,
		"iam:ListGroupsForUser":        policy.SidExemptOwnUser,
		"iam:ListSSHPublicKeys":        policy.SidExemptOwnUser,
		"iam:ListUserTags":             policy.SidExemptOwnUser,
		"iam:GetAccountPasswordPolicy": policy.SidExemptAccount,
		"iam:GetAccountSummary":        policy.SidExemptAccount,
		"iam:ListAccountAliases":       policy.SidExemptAccount,
		"iam:ListVirtualMFADevices":    policy.SidExemptAccount,
		"codecommit:GitPull":           "",
		"s3:GetObject":                 "",
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			doc, err := group(func(g *policy.GroupPolicy) { g.ExemptActions = []string{action} }).Document()
			require.NoError(t, err)
			for _, sid := range []string{policy.SidExemptOwnUser, policy.SidExemptAccount} {
				if sid == want {
					require.Equal(t, policy.Values{action}, statement(t, doc, sid).Action)
				} else {
					require.NotContains(t, sids(doc), sid)
				}
			}
			require.Contains(t, statement(t, doc, policy.SidDenyWithoutMFA).NotAction, action)
			if want == policy.SidExemptOwnUser {
				require.Contains(t, statement(t, doc, policy.SidDenyOthersWithoutMFA).Action, action)
			} else {
				require.NotContains(t, statement(t, doc, policy.SidDenyOthersWithoutMFA).Action, action)
			}
		})
	}
}
