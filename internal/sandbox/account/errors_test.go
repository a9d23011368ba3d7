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
	code    string
	message string
}

func fails(do func(*account.Account) error, code, message string) errorCase {
	return errorCase{do, code, message}
}

// testErrors shows that each request fails as it should and changes nothing.
func testErrors(t *testing.T, cases map[string]errorCase) {
	t.Helper()
	status := map[string]int{
		"ValidationError": 400, "MalformedPolicyDocument": 400, "InvalidInput": 400, "NoSuchEntity": 404,
		"EntityAlreadyExists": 409, "DeleteConflict": 409, "LimitExceeded": 409,
		"AccessDenied": 403, "InvalidClientTokenId": 403,
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			before := snapshot(t, a)
			requireError(t, test.do(a), status[test.code], test.code, test.message)
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
		"user exists in another case": fails(createUser(account.CreateUserInput{UserName: "ALICE"}),
			"EntityAlreadyExists", "User with name alice already exists."),
		"group exists": fails(func(a *account.Account) error { _, err := a.CreateGroup("Developers", ""); return err },
			"EntityAlreadyExists", "Group with name developers already exists."),
		"role exists": fails(createRole(account.CreateRoleInput{RoleName: "power-user"}),
			"EntityAlreadyExists", "Role with name power-user already exists."),
		"policy exists under another path": fails(
			func(a *account.Account) error {
				_, err := a.CreatePolicy(account.CreatePolicyInput{PolicyName: "Mine", Path: "/x/", PolicyDocument: document})
				return err
			},
			"EntityAlreadyExists", "A policy called mine already exists. Duplicate names are not allowed."),
		"no such user": fails(func(a *account.Account) error { return a.DeleteUser("Alice") },
			"NoSuchEntity", "The user with name Alice cannot be found."),
		"no such group": fails(func(a *account.Account) error { return a.AddUserToGroup("ops", "alice") },
			"NoSuchEntity", "The group with name ops cannot be found."),
		"no such role": fails(func(a *account.Account) error { return a.AttachRolePolicy("admin", adminARN) },
			"NoSuchEntity", "The role with name admin cannot be found."),
		"no such policy": fails(func(a *account.Account) error { return a.DeletePolicy(arn("policy/other")) },
			"NoSuchEntity", "Policy "+arn("policy/other")+" was not found."),
		"policy under another path": fails(
			func(a *account.Account) error { _, err := a.GetPolicy(arn("policy/x/mine")); return err },
			"NoSuchEntity", "was not found."),
		"attach what does not exist": fails(
			func(a *account.Account) error { return a.AttachUserPolicy("alice", arn("policy/other")) },
			"NoSuchEntity", "Policy "+arn("policy/other")+" does not exist or is not attachable."),
		"attach what is no ARN": fails(
			func(a *account.Account) error { return a.AttachUserPolicy("alice", "arn:aws:iam:aws:policy/Admin") },
			"InvalidInput", "ARN arn:aws:iam:aws:policy/Admin is not valid."),
		"attach from another partition": fails(
			func(a *account.Account) error {
				return a.AttachUserPolicy("alice", "arn:aws-cn:iam::aws:policy/AdministratorAccess")
			},
			"InvalidInput", "is not valid."),
		"attach by name": fails(
			func(a *account.Account) error { return a.AttachUserPolicy("alice", "Admin") },
			"ValidationError", "Value 'Admin' at 'policyArn' failed to satisfy constraint: "+
				"Member must have length greater than or equal to 20"),
		"detach what is not attached": fails(
			func(a *account.Account) error { return a.DetachGroupPolicy("developers", mine) },
			"NoSuchEntity", "Policy "+mine+" was not found."),
		"delete a member": fails(func(a *account.Account) error { return a.DeleteUser("alice") },
			"DeleteConflict", "Cannot delete entity, must remove users from group first."),
		"delete an AWS managed policy": fails(func(a *account.Account) error { return a.DeletePolicy(adminARN) },
			"AccessDenied", adminARN),
		"delete the default version": fails(func(a *account.Account) error { return a.DeletePolicyVersion(mine, "v1") },
			"DeleteConflict", "Cannot delete the default version of a policy."),
		"no such version": fails(func(a *account.Account) error { return a.SetDefaultPolicyVersion(mine, "v2") },
			"NoSuchEntity", "Policy "+mine+" version v2 does not exist or is not attachable."),
		"get no such version": fails(
			func(a *account.Account) error { _, err := a.GetPolicyVersion(adminARN, "v9"); return err },
			"NoSuchEntity", "version v9 does not exist"),
		"no boundary to delete": fails(
			func(a *account.Account) error { return a.DeleteRolePermissionsBoundary("power-user") },
			"NoSuchEntity", "does not have a permissions boundary"),
		"no such boundary": fails(
			createUser(account.CreateUserInput{UserName: "carol", PermissionsBoundary: arn("policy/other")}),
			"NoSuchEntity", "does not exist or is not attachable."),
		"no boundary to put": fails(func(a *account.Account) error { return a.PutUserPermissionsBoundary("alice", "") },
			"ValidationError", "permissionsBoundary"),
	})
}

// TestParameterErrors: parameters outside the constraints of the service model.
func TestParameterErrors(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 129)
	testErrors(t, map[string]errorCase{
		"user name too long": fails(
			createUser(account.CreateUserInput{UserName: long[:65]}), "ValidationError",
			"1 validation error detected: Value '"+long[:65]+"' at 'userName' failed to satisfy constraint: "+
				"Member must have length less than or equal to 64"),
		"user name looked up": fails(func(a *account.Account) error { _, err := a.GetUser(long); return err },
			"ValidationError", "Member must have length less than or equal to 128"),
		"two parameters": fails(
			createRole(account.CreateRoleInput{RoleName: long, MaxSessionDuration: 43201}), "ValidationError",
			"2 validation errors detected: Value '"+long+"' at 'roleName' failed to satisfy constraint: "+
				"Member must have length less than or equal to 64; Value '43201' at 'maxSessionDuration' failed to "+
				"satisfy constraint: Member must have value less than or equal to 43200"),
		"duration too short": fails(
			createRole(account.CreateRoleInput{RoleName: "r", MaxSessionDuration: 3599}), "ValidationError",
			"Value '3599' at 'maxSessionDuration' failed to satisfy constraint: "+
				"Member must have value greater than or equal to 3600"),
		"role name with a blank": fails(
			createRole(account.CreateRoleInput{RoleName: "a b"}), "ValidationError",
			"The specified value for roleName is invalid. It must contain only alphanumeric characters "+
				"and/or the following: +=,.@_-"),
		"group name empty": fails(
			func(a *account.Account) error { _, err := a.CreateGroup("", ""); return err },
			"ValidationError", "Value '' at 'groupName' failed to satisfy constraint: "+
				"Member must have length greater than or equal to 1"),
		"path without its slash": fails(createUser(account.CreateUserInput{UserName: "carol", Path: "/team"}),
			"ValidationError", "The specified value for path is invalid. It must begin and end with /"),
		"policy path": fails(
			func(a *account.Account) error {
				_, err := a.CreatePolicy(account.CreatePolicyInput{PolicyName: "p", Path: "/a b/", PolicyDocument: document})
				return err
			},
			"ValidationError", "The specified value for path is invalid."),
		"path prefix": fails(func(a *account.Account) error { _, err := a.ListUsers("team"); return err },
			"ValidationError", "at 'pathPrefix'"),
		"description": fails(createRole(account.CreateRoleInput{RoleName: "r", Description: "→"}),
			"ValidationError", "at 'description'"),
		"description too long": fails(
			createRole(account.CreateRoleInput{RoleName: "r", Description: strings.Repeat("é", 1001)}),
			"ValidationError", "Member must have length less than or equal to 1000"),
		"key status": fails(
			func(a *account.Account) error { return a.UpdateAccessKey("alice", "AKIAIOSFODNN7EXAMPLE", "On") },
			"ValidationError", "Member must satisfy enum value set: [Active, Inactive]"),
		"no such key": fails(func(a *account.Account) error { return a.DeleteAccessKey("alice", "AKIAIOSFODNN7EXAMPLE") },
			"NoSuchEntity", "The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found."),
		"unknown caller": fails(
			func(a *account.Account) error { _, _, err := a.Credentials("AKIAIOSFODNN7EXAMPLE", ""); return err },
			"InvalidClientTokenId", "The security token included in the request is invalid."),
		"tag key": fails(
			createUser(account.CreateUserInput{UserName: "carol", Tags: []account.Tag{{Key: "a;b"}}}), "ValidationError",
			"Value 'a;b' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern"),
		"tag value too long": fails(
			createUser(account.CreateUserInput{
				UserName: "carol", Tags: []account.Tag{{Key: "a", Value: strings.Repeat("v", 257)}},
			}),
			"ValidationError", "Member must have length less than or equal to 256"),
		"system tag": fails(createUser(account.CreateUserInput{UserName: "carol", Tags: []account.Tag{{Key: "AWS:x"}}}),
			"InvalidInput", "system tags"),
		"duplicate tag": fails(
			createUser(account.CreateUserInput{UserName: "carol", Tags: []account.Tag{{Key: "a"}, {Key: "A"}}}),
			"InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
		"too many tags": fails(createUser(account.CreateUserInput{UserName: "carol", Tags: make([]account.Tag, 51)}),
			"ValidationError", "at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50"),
	})
}

// TestPolicyDocumentErrors: documents that a managed policy cannot have.
func TestPolicyDocumentErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]errorCase{
		"policy with a principal": fails(policyOf(trust(`"AWS":"*"`)),
			"MalformedPolicyDocument", "Has prohibited field Principal"),
		"policy that is no JSON": fails(policyOf(`{`), "MalformedPolicyDocument", "This policy contains invalid Json"),
		"encoded policy":         fails(policyOf(`%7B%7D`), "MalformedPolicyDocument", "This policy contains invalid Json"),
		"policy with an unknown element": fails(policyOf(`{"Statement":[{"Effect":"Allow","Acton":"*","Resource":"*"}]}`),
			"MalformedPolicyDocument", "Syntax errors in policy."),
		"policy without statements": fails(policyOf(`{"Version":"2012-10-17","Statement":[]}`),
			"MalformedPolicyDocument", "has no statements"),
		"policy with a Sid twice": fails(
			policyOf(`{"Statement":[{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},`+
				`{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"}]}`),
			"MalformedPolicyDocument", "must be unique"),
		"policy without resources": fails(policyOf(`{"Statement":[{"Effect":"Allow","Action":"*"}]}`),
			"MalformedPolicyDocument", "Policy statement must contain resources"),
		"policy without actions": fails(policyOf(`{"Statement":[{"Effect":"Allow","Action":[],"Resource":"*"}]}`),
			"MalformedPolicyDocument", "Policy statement must contain actions"),
		"resource that is no ARN": fails(policyOf(`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"bucket"}]}`),
			"MalformedPolicyDocument", `Resource bucket must be in ARN format or "*".`),
		"action without a vendor": fails(policyOf(`{"Statement":[{"Effect":"Allow","Action":"GetObject","Resource":"*"}]}`),
			"MalformedPolicyDocument", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
		"action with two colons": fails(policyOf(`{"Statement":[{"Effect":"Allow","NotAction":"s3:Get:x","Resource":"*"}]}`),
			"MalformedPolicyDocument", "Actions/Condition can contain only one colon."),
		"action with a bad vendor": fails(policyOf(`{"Statement":[{"Effect":"Allow","Action":"s*:Get","Resource":"*"}]}`),
			"MalformedPolicyDocument", "Vendor s* is not valid"),
		"policy too large": fails(policyOf(identityDocument(6145)),
			"LimitExceeded", "Cannot exceed quota for PolicySize: 6144"),
		"policy text too long": fails(policyOf(strings.Repeat(" ", 131072)+document),
			"ValidationError", "at 'policyDocument'"),
	})
}

// TestTrustDocumentErrors: documents that a role cannot have as its trust policy.
func TestTrustDocumentErrors(t *testing.T) {
	t.Parallel()
	testErrors(t, map[string]errorCase{
		"trust with a resource": fails(
			updateTrust(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}]}`),
			"MalformedPolicyDocument", "Has prohibited field Resource"),
		"trust without a principal": fails(updateTrust(`{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}`),
			"MalformedPolicyDocument", "Missing required field Principal"),
		"trust with nobody": fails(updateTrust(trust(`"AWS":[]`)),
			"MalformedPolicyDocument", "Missing required field Principal"),
		"trust for another service's action": fails(
			updateTrust(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}]}`),
			"MalformedPolicyDocument", "AssumeRole policy may only specify STS AssumeRole actions."),
		"trust too large": fails(updateTrust(trust(`"AWS":["`+strings.Repeat(arn("root")+`","`, 60)+arn("root")+`"]`)),
			"LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"),
		"unknown user": fails(updateTrust(trust(`"AWS":"`+arn("user/carol")+`"`)),
			"MalformedPolicyDocument", `Invalid principal in policy: "AWS":"`+arn("user/carol")+`"`),
		"user under another path": fails(updateTrust(trust(`"AWS":"`+arn("user/alice")+`"`)),
			"MalformedPolicyDocument", arn("user/alice")),
		"user in another case": fails(updateTrust(trust(`"AWS":"`+arn("user/Bob")+`"`)),
			"MalformedPolicyDocument", arn("user/Bob")),
		"unknown role": fails(updateTrust(trust(`"AWS":"`+arn("role/none")+`"`)),
			"MalformedPolicyDocument", arn("role/none")),
		"group as a principal": fails(updateTrust(trust(`"AWS":"`+arn("group/developers")+`"`)),
			"MalformedPolicyDocument", "Invalid principal"),
		"wildcard in a principal": fails(updateTrust(trust(`"AWS":"arn:aws:iam::999999999999:user/*"`)),
			"MalformedPolicyDocument", "Invalid principal"),
		"principal of another partition": fails(updateTrust(trust(`"AWS":"arn:aws-cn:iam::999999999999:root"`)),
			"MalformedPolicyDocument", "Invalid principal"),
		"unknown unique id": fails(updateTrust(trust(`"AWS":"AIDACKCEVSQ6C2EXAMPLE"`)),
			"MalformedPolicyDocument", `"AWS":"AIDACKCEVSQ6C2EXAMPLE"`),
	})
}
