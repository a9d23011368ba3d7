package account_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// errorCase is a bad request and IAM's answer to it.
type errorCase struct {
	do      func(*account.Account) error
	status  int
	code    string
	message string
}

// testErrors shows that each request fails as it should and changes nothing.
func testErrors(t *testing.T, cases map[string]errorCase) {
	t.Helper()
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			before := snapshot(t, a)
			requireError(t, test.do(a), test.status, test.code, test.message)
			require.Equal(t, before, snapshot(t, a))
		})
	}
}

func policyOf(text string) func(*account.Account) error {
	return func(a *account.Account) error {
		_, err := a.CreatePolicy(account.CreatePolicyInput{PolicyName: "p", PolicyDocument: text})
		return err
	}
}

func updateTrust(text string) func(*account.Account) error {
	return func(a *account.Account) error { return a.UpdateAssumeRolePolicy("power-user", text) }
}

func createUser(in account.CreateUserInput) func(*account.Account) error {
	return func(a *account.Account) error { _, err := a.CreateUser(in); return err }
}

func createRole(in account.CreateRoleInput) func(*account.Account) error {
	return func(a *account.Account) error {
		if in.AssumeRolePolicyDocument == "" {
			in.AssumeRolePolicyDocument = trust(`"AWS":"*"`)
		}
		_, err := a.CreateRole(in)
		return err
	}
}

// TestEntityErrors: names that are taken, objects that are not there or are in use.
func TestEntityErrors(t *testing.T) {
	t.Parallel()
	mine := arn("policy/mine")
	testErrors(t, map[string]errorCase{
		"user exists in another case": {
			createUser(account.CreateUserInput{UserName: "ALICE"}), 409, "EntityAlreadyExists",
			"User with name alice already exists.",
		},
		"group exists": {
			func(a *account.Account) error { _, err := a.CreateGroup("Developers", ""); return err },
			409, "EntityAlreadyExists", "Group with name developers already exists.",
		},
		"role exists": {
			createRole(account.CreateRoleInput{RoleName: "power-user"}), 409, "EntityAlreadyExists",
			"Role with name power-user already exists.",
		},
		"policy exists under another path": {
			func(a *account.Account) error {
				_, err := a.CreatePolicy(account.CreatePolicyInput{PolicyName: "Mine", Path: "/x/", PolicyDocument: document})
				return err
			},
			409, "EntityAlreadyExists", "A policy called mine already exists. Duplicate names are not allowed.",
		},
		"no such user": {
			func(a *account.Account) error { return a.DeleteUser("Alice") },
			404, "NoSuchEntity", "The user with name Alice cannot be found.",
		},
		"no such group": {
			func(a *account.Account) error { return a.AddUserToGroup("ops", "alice") },
			404, "NoSuchEntity", "The group with name ops cannot be found.",
		},
		"no such role": {
			func(a *account.Account) error { return a.AttachRolePolicy("admin", adminARN) },
			404, "NoSuchEntity", "The role with name admin cannot be found.",
		},
		"no such policy": {
			func(a *account.Account) error { return a.DeletePolicy(arn("policy/other")) },
			404, "NoSuchEntity", "Policy " + arn("policy/other") + " was not found.",
		},
		"policy under another path": {
			func(a *account.Account) error { _, err := a.GetPolicy(arn("policy/x/mine")); return err },
			404, "NoSuchEntity", "was not found.",
		},
		"attach what does not exist": {
			func(a *account.Account) error { return a.AttachUserPolicy("alice", arn("policy/other")) },
			404, "NoSuchEntity", "Policy " + arn("policy/other") + " does not exist or is not attachable.",
		},
		"attach what is no ARN": {
			func(a *account.Account) error { return a.AttachUserPolicy("alice", "arn:aws:iam:aws:policy/Admin") },
			400, "InvalidInput", "ARN arn:aws:iam:aws:policy/Admin is not valid.",
		},
		"attach from another partition": {
			func(a *account.Account) error {
				return a.AttachUserPolicy("alice", "arn:aws-cn:iam::aws:policy/AdministratorAccess")
			},
			400, "InvalidInput", "is not valid.",
		},
		"attach by name": {
			func(a *account.Account) error { return a.AttachUserPolicy("alice", "Admin") },
			400, "ValidationError", "Value 'Admin' at 'policyArn' failed to satisfy constraint: " +
				"Member must have length greater than or equal to 20",
		},
		"detach what is not attached": {
			func(a *account.Account) error { return a.DetachGroupPolicy("developers", mine) },
			404, "NoSuchEntity", "Policy " + mine + " was not found.",
		},
		"delete a member": {
			func(a *account.Account) error { return a.DeleteUser("alice") },
			409, "DeleteConflict", "Cannot delete entity, must remove users from group first.",
		},
		"delete an AWS managed policy": {
			func(a *account.Account) error { return a.DeletePolicy(adminARN) }, 403, "AccessDenied", adminARN,
		},
		"delete the default version": {
			func(a *account.Account) error { return a.DeletePolicyVersion(mine, "v1") },
			409, "DeleteConflict", "Cannot delete the default version of a policy.",
		},
		"no such version": {
			func(a *account.Account) error { return a.SetDefaultPolicyVersion(mine, "v2") },
			404, "NoSuchEntity", "Policy " + mine + " version v2 does not exist or is not attachable.",
		},
		"get no such version": {
			func(a *account.Account) error { _, err := a.GetPolicyVersion(adminARN, "v9"); return err },
			404, "NoSuchEntity", "version v9 does not exist",
		},
		"no boundary to delete": {
			func(a *account.Account) error { return a.DeleteRolePermissionsBoundary("power-user") },
			404, "NoSuchEntity", "does not have a permissions boundary",
		},
		"no such boundary": {
			createUser(account.CreateUserInput{UserName: "carol", PermissionsBoundary: arn("policy/other")}),
			404, "NoSuchEntity", "does not exist or is not attachable.",
		},
		"no boundary to put": {
			func(a *account.Account) error { return a.PutUserPermissionsBoundary("alice", "") },
			400, "ValidationError", "permissionsBoundary",
		},
	})
}

// TestParameterErrors: parameters outside the constraints of the service model.
func TestParameterErrors(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 129)
	testErrors(t, map[string]errorCase{
		"user name too long": {
			createUser(account.CreateUserInput{UserName: long[:65]}), 400, "ValidationError",
			"1 validation error detected: Value '" + long[:65] + "' at 'userName' failed to satisfy constraint: " +
				"Member must have length less than or equal to 64",
		},
		"user name looked up": {
			func(a *account.Account) error { _, err := a.GetUser(long); return err }, 400, "ValidationError",
			"Member must have length less than or equal to 128",
		},
		"two parameters": {
			createRole(account.CreateRoleInput{RoleName: long, MaxSessionDuration: 43201}), 400, "ValidationError",
			"2 validation errors detected: Value '" + long + "' at 'roleName' failed to satisfy constraint: " +
				"Member must have length less than or equal to 64; Value '43201' at 'maxSessionDuration' failed to " +
				"satisfy constraint: Member must have value less than or equal to 43200",
		},
		"duration too short": {
			createRole(account.CreateRoleInput{RoleName: "r", MaxSessionDuration: 3599}), 400, "ValidationError",
			"Value '3599' at 'maxSessionDuration' failed to satisfy constraint: " +
				"Member must have value greater than or equal to 3600",
		},
		"role name with a blank": {
			createRole(account.CreateRoleInput{RoleName: "a b"}), 400, "ValidationError",
			"The specified value for roleName is invalid. It must contain only alphanumeric characters " +
				"and/or the following: +=,.@_-",
		},
		"group name empty": {
			func(a *account.Account) error { _, err := a.CreateGroup("", ""); return err },
			400, "ValidationError", "Value '' at 'groupName' failed to satisfy constraint: " +
				"Member must have length greater than or equal to 1",
		},
		"path without its slash": {
			createUser(account.CreateUserInput{UserName: "carol", Path: "/team"}), 400, "ValidationError",
			"The specified value for path is invalid. It must begin and end with /",
		},
		"policy path": {
			func(a *account.Account) error {
				_, err := a.CreatePolicy(account.CreatePolicyInput{PolicyName: "p", Path: "/a b/", PolicyDocument: document})
				return err
			},
			400, "ValidationError", "The specified value for path is invalid.",
		},
		"path prefix": {
			func(a *account.Account) error { _, err := a.ListUsers("team"); return err },
			400, "ValidationError", "at 'pathPrefix'",
		},
		"description": {
			createRole(account.CreateRoleInput{RoleName: "r", Description: "→"}), 400, "ValidationError", "at 'description'",
		},
		"description too long": {
			createRole(account.CreateRoleInput{RoleName: "r", Description: strings.Repeat("é", 1001)}), 400, "ValidationError",
			"Member must have length less than or equal to 1000",
		},
		"key status": {
			func(a *account.Account) error { return a.UpdateAccessKey("alice", "AKIAIOSFODNN7EXAMPLE", "On") },
			400, "ValidationError", "Member must satisfy enum value set: [Active, Inactive]",
		},
		"no such key": {
			func(a *account.Account) error { return a.DeleteAccessKey("alice", "AKIAIOSFODNN7EXAMPLE") },
			404, "NoSuchEntity", "The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found.",
		},
		"unknown caller": {
			func(a *account.Account) error { _, _, err := a.Credentials("AKIAIOSFODNN7EXAMPLE", ""); return err },
			403, "InvalidClientTokenId", "The security token included in the request is invalid.",
		},
		"tag key": {
			createUser(account.CreateUserInput{UserName: "carol", Tags: []account.Tag{{Key: "a;b"}}}), 400, "ValidationError",
			"Value 'a;b' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern",
		},
		"tag value too long": {
			createUser(account.CreateUserInput{
				UserName: "carol", Tags: []account.Tag{{Key: "a", Value: strings.Repeat("v", 257)}},
			}),
			400, "ValidationError", "Member must have length less than or equal to 256",
		},
		"system tag": {
			createUser(account.CreateUserInput{UserName: "carol", Tags: []account.Tag{{Key: "AWS:x"}}}), 400, "InvalidInput",
			"system tags",
		},
		"duplicate tag": {
			createUser(account.CreateUserInput{UserName: "carol", Tags: []account.Tag{{Key: "a"}, {Key: "A"}}}),
			400, "InvalidInput",
			"Duplicate tag keys found. Please note that Tag keys are case insensitive.",
		},
		"too many tags": {
			createUser(account.CreateUserInput{UserName: "carol", Tags: make([]account.Tag, 51)}), 400, "ValidationError",
			"at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
		},
	})
}

// TestPolicyDocumentErrors: documents that a managed policy cannot have.
func TestPolicyDocumentErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]errorCase{
		"policy with a principal": {
			policyOf(trust(`"AWS":"*"`)), 400, "MalformedPolicyDocument", "Has prohibited field Principal",
		},
		"policy that is no JSON": {
			policyOf(`{`), 400, "MalformedPolicyDocument", "This policy contains invalid Json",
		},
		"encoded policy": {
			policyOf(`%7B%7D`), 400, "MalformedPolicyDocument", "This policy contains invalid Json",
		},
		"policy with an unknown element": {
			policyOf(`{"Statement":[{"Effect":"Allow","Acton":"*","Resource":"*"}]}`),
			400, "MalformedPolicyDocument", "Syntax errors in policy.",
		},
		"policy without statements": {
			policyOf(`{"Version":"2012-10-17","Statement":[]}`), 400, "MalformedPolicyDocument", "has no statements",
		},
		"policy with a Sid twice": {
			policyOf(`{"Statement":[{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},` +
				`{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"}]}`),
			400, "MalformedPolicyDocument", "must be unique",
		},
		"policy without resources": {
			policyOf(`{"Statement":[{"Effect":"Allow","Action":"*"}]}`), 400, "MalformedPolicyDocument",
			"Policy statement must contain resources",
		},
		"policy without actions": {
			policyOf(`{"Statement":[{"Effect":"Allow","Action":[],"Resource":"*"}]}`), 400, "MalformedPolicyDocument",
			"Policy statement must contain actions",
		},
		"resource that is no ARN": {
			policyOf(`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"bucket"}]}`), 400, "MalformedPolicyDocument",
			`Resource bucket must be in ARN format or "*".`,
		},
		"action without a vendor": {
			policyOf(`{"Statement":[{"Effect":"Allow","Action":"GetObject","Resource":"*"}]}`), 400, "MalformedPolicyDocument",
			"Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
		},
		"action with two colons": {
			policyOf(`{"Statement":[{"Effect":"Allow","NotAction":"s3:Get:x","Resource":"*"}]}`),
			400, "MalformedPolicyDocument", "Actions/Condition can contain only one colon.",
		},
		"action with a bad vendor": {
			policyOf(`{"Statement":[{"Effect":"Allow","Action":"s*:Get","Resource":"*"}]}`),
			400, "MalformedPolicyDocument", "Vendor s* is not valid",
		},
		"policy too large": {
			policyOf(identityDocument(6145)), 409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144",
		},
		"policy text too long": {
			policyOf(strings.Repeat(" ", 131072) + document), 400, "ValidationError", "at 'policyDocument'",
		},
	})
}

// TestTrustDocumentErrors: documents that a role cannot have as its trust policy.
func TestTrustDocumentErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]errorCase{
		"trust with a resource": {
			updateTrust(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}]}`),
			400, "MalformedPolicyDocument", "Has prohibited field Resource",
		},
		"trust without a principal": {
			updateTrust(`{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}`),
			400, "MalformedPolicyDocument", "Missing required field Principal",
		},
		"trust with nobody": {
			updateTrust(trust(`"AWS":[]`)), 400, "MalformedPolicyDocument", "Missing required field Principal",
		},
		"trust for another service's action": {
			updateTrust(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}]}`),
			400, "MalformedPolicyDocument", "AssumeRole policy may only specify STS AssumeRole actions.",
		},
		"trust too large": {
			updateTrust(trust(`"AWS":["` + strings.Repeat(arn("root")+`","`, 60) + arn("root") + `"]`)),
			409, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048",
		},
		"unknown user": {
			updateTrust(trust(`"AWS":"` + arn("user/carol") + `"`)), 400, "MalformedPolicyDocument",
			`Invalid principal in policy: "AWS":"` + arn("user/carol") + `"`,
		},
		"user under another path": {
			updateTrust(trust(`"AWS":"` + arn("user/alice") + `"`)), 400, "MalformedPolicyDocument", arn("user/alice"),
		},
		"user in another case": {
			updateTrust(trust(`"AWS":"` + arn("user/Bob") + `"`)), 400, "MalformedPolicyDocument", arn("user/Bob"),
		},
		"unknown role": {
			updateTrust(trust(`"AWS":"` + arn("role/none") + `"`)), 400, "MalformedPolicyDocument", arn("role/none"),
		},
		"group as a principal": {
			updateTrust(trust(`"AWS":"` + arn("group/developers") + `"`)), 400, "MalformedPolicyDocument", "Invalid principal",
		},
		"wildcard in a principal": {
			updateTrust(trust(`"AWS":"arn:aws:iam::999999999999:user/*"`)), 400, "MalformedPolicyDocument", "Invalid principal",
		},
		"principal of another partition": {
			updateTrust(trust(`"AWS":"arn:aws-cn:iam::999999999999:root"`)), 400, "MalformedPolicyDocument", "Invalid principal",
		},
		"unknown unique id": {
			updateTrust(trust(`"AWS":"AIDACKCEVSQ6C2EXAMPLE"`)), 400, "MalformedPolicyDocument", `"AWS":"AIDACKCEVSQ6C2EXAMPLE"`,
		},
	})
}
