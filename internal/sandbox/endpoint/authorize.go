package endpoint

import (
	"cmp"
	"net"
	"net/http"

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
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
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
			cmp.Or(c.get("Path"), "/") + c.get(nameParam)
	}
}

// authorize fails unless the caller may do what the request asks for.
func (c *call) authorize(service, action string, on resourceOf) error {
	if service == "iam" && !c.caller.MayCallIAM() {
		return account.NewError("InvalidClientTokenId", http.StatusForbidden,
			"The security token included in the request is invalid.")
	}
	if on == nil {
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
		Action: service + ":" + action, Resource: cmp.Or(on(c), "*"), Context: c.context,
	})
	return err
}
