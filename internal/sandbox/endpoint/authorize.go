package endpoint

import (
	"net"
	"net/http"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// requestContext is the condition keys that follow from the request itself.
// aws:SecureTransport is true although the endpoint speaks plain HTTP on
// loopback: it stands for AWS, which a rehearsal would reach by HTTPS, and a
// policy that demands TLS must not fail for what the sandbox leaves out.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func requestContext(r *http.Request, s signature) map[string]string {
	keys := map[string]string{"aws:SecureTransport": "true", "aws:RequestedRegion": s.region}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		keys["aws:SourceIp"] = host
	}
	if agent := r.UserAgent(); agent != "" {
		keys["aws:UserAgent"] = agent
	}
	return keys
}

// resourceOf is the resource on which AWS authorises an action.
type resourceOf func(*call) string

func anyResource(*call) string { return "*" }

func userResource(c *call) string  { return c.account.ResourceARN("user", c.userName()) }
func groupResource(c *call) string { return c.account.ResourceARN("group", c.get("GroupName")) }

func roleResource(c *call) string   { return c.account.ResourceARN("role", c.get("RoleName")) }
func policyResource(c *call) string { return c.get("PolicyArn") }
func deviceResource(c *call) string { return c.get("SerialNumber") }

// ownerResource is the user who has the access key.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_iam_credentials_console.html
func ownerResource(c *call) string {
	return c.account.ResourceARN("user", c.account.AccessKeyOwner(c.get("AccessKeyId")))
}

// newResource is what does not exist yet: its path is a parameter.
func newResource(kind, nameParam string) resourceOf {
	return func(c *call) string {
		return "arn:" + c.account.Partition() + ":iam::" + c.account.ID() + ":" + kind +
			orElse(c.get("Path"), "/") + c.get(nameParam)
	}
}

// resources is on what each action of IAM and STS is authorised; nil is for
// those whose operation sees to it itself, or that cannot be denied
// (GetCallerIdentity). What is not listed is not served.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func resources() map[string]resourceOf {
	byAction := map[string]resourceOf{
		"iam:CreateUser":             newResource("user", "UserName"),
		"iam:CreateGroup":            newResource("group", "GroupName"),
		"iam:CreateRole":             newResource("role", "RoleName"),
		"iam:CreatePolicy":           newResource("policy", "PolicyName"),
		"iam:CreateVirtualMFADevice": newResource("mfa", "VirtualMFADeviceName"),
		"iam:DeleteVirtualMFADevice": deviceResource,
		"iam:GetAccessKeyLastUsed":   ownerResource,
		"sts:AssumeRole":             nil,
		"sts:GetCallerIdentity":      nil,
		"sts:GetSessionToken":        nil,
		"sts:GetFederationToken":     nil,
	}
	for _, group := range []struct {
		resource resourceOf
		actions  string
	}{
		{anyResource, `ListUsers ListGroups ListRoles ListVirtualMFADevices`},
		{userResource, `GetUser DeleteUser ListGroupsForUser AttachUserPolicy DetachUserPolicy
			ListAttachedUserPolicies PutUserPolicy GetUserPolicy ListUserPolicies DeleteUserPolicy
			CreateAccessKey ListAccessKeys UpdateAccessKey DeleteAccessKey EnableMFADevice ResyncMFADevice
			DeactivateMFADevice ListMFADevices`},
		{groupResource, `GetGroup AddUserToGroup RemoveUserFromGroup AttachGroupPolicy
			DetachGroupPolicy ListAttachedGroupPolicies PutGroupPolicy GetGroupPolicy ListGroupPolicies
			DeleteGroupPolicy`},
		{roleResource, `GetRole DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy TagRole
			UntagRole ListInstanceProfilesForRole PutRolePermissionsBoundary DeleteRolePermissionsBoundary
			AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies PutRolePolicy GetRolePolicy
			ListRolePolicies DeleteRolePolicy`},
		{policyResource, `GetPolicy DeletePolicy TagPolicy UntagPolicy CreatePolicyVersion GetPolicyVersion
			ListPolicyVersions DeletePolicyVersion`},
	} {
		for action := range strings.FieldsSeq(group.actions) {
			byAction["iam:"+action] = group.resource
		}
	}
	return byAction
}

// authorize fails unless the caller may do what the request asks for.
func (h *handler) authorize(c *call, service, action string) error {
	if service == "iam" && !c.caller.MayCallIAM() {
		return account.NewError("InvalidClientTokenId", http.StatusForbidden,
			"The security token included in the request is invalid.")
	}
	resource, listed := h.resources[service+":"+action]
	if !listed {
		return internalFailure()
	}
	if resource == nil {
		return nil
	}
	for param, name := range map[string]string{
		"PolicyArn": "iam:PolicyARN", "PermissionsBoundary": "iam:PermissionsBoundary",
	} {
		if c.params.has(param) {
			c.context[name] = c.get(param)
		}
	}
	_, err := c.account.Authorize(c.caller, account.Request{
		Action: service + ":" + action, Resource: orElse(resource(c), "*"), Context: c.context,
	})
	return err
}
