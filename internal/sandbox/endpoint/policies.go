package endpoint

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func policyOperations() map[string]operation {
	return map[string]operation{
		"CreatePolicy": write(newResource("policy", "PolicyName"), func(c *call) (any, error) {
			p, err := c.account.CreatePolicy(account.CreatePolicyInput{
				PolicyName: c.get("PolicyName"), Path: c.get("Path"), PolicyDocument: c.get("PolicyDocument"),
				Description: c.get("Description"), Tags: c.params.tags(),
			})
			return struct{ Policy account.Policy }{p}, err
		}, "PolicyName", "PolicyDocument"),
		"GetPolicy": read(policyResource, func(c *call) (any, error) {
			p, err := c.account.GetPolicy(c.get("PolicyArn"))
			return struct{ Policy account.Policy }{p}, err
		}, "PolicyArn"),
		"ListPolicies": lists(anyResource, "Policies", func(c *call) ([]account.Policy, error) {
			return c.account.ListPolicies(c.get("Scope"), c.get("PathPrefix"))
		}, func(p account.Policy) string { return p.ARN }, listedPolicy),
		"DeletePolicy": silent1(policyResource, (*account.Account).DeletePolicy, "PolicyArn"),
		"TagPolicy": silent(policyResource, func(c *call) error {
			return c.account.TagPolicy(c.get("PolicyArn"), c.params.tags())
		}, "PolicyArn", "Tags"),
		"UntagPolicy": silent(policyResource, func(c *call) error {
			return c.account.UntagPolicy(c.get("PolicyArn"), c.params.list("TagKeys"))
		}, "PolicyArn", "TagKeys"),

		"CreatePolicyVersion": write(policyResource, createPolicyVersion, "PolicyArn", "PolicyDocument"),
		"GetPolicyVersion": read(policyResource, func(c *call) (any, error) {
			v, err := c.account.GetPolicyVersion(c.get("PolicyArn"), c.get("VersionId"))
			v.Document = encodeDocument(v.Document)
			return struct{ PolicyVersion account.PolicyVersion }{v}, err
		}, "PolicyArn", "VersionId"),
		"ListPolicyVersions": lists(policyResource, "Versions", func(c *call) ([]account.PolicyVersion, error) {
			return c.account.ListPolicyVersions(c.get("PolicyArn"))
		}, newestFirst, withoutDocument, "PolicyArn"),
		"DeletePolicyVersion": silent2(policyResource, (*account.Account).DeletePolicyVersion, "PolicyArn", "VersionId"),
	}
}

func createPolicyVersion(c *call) (any, error) {
	setAsDefault, err := c.params.boolean("SetAsDefault")
	if err != nil {
		return nil, err
	}
	v, err := c.account.CreatePolicyVersion(c.get("PolicyArn"), c.get("PolicyDocument"), setAsDefault)
	return struct{ PolicyVersion account.PolicyVersion }{withoutDocument(v)}, err
}

// listedPolicy is a policy as lists have it.
func listedPolicy(p account.Policy) account.Policy {
	p.Description, p.Tags = "", nil
	return p
}

// withoutDocument is a version where IAM leaves out the document: in a list and
// on creation.
func withoutDocument(v account.PolicyVersion) account.PolicyVersion {
	v.Document = ""
	return v
}

// newestFirst is a key that falls as the version's number rises.
func newestFirst(v account.PolicyVersion) string {
	const ceiling = 1 << 31
	number, _ := strconv.Atoi(strings.TrimPrefix(v.VersionID, "v"))
	return fmt.Sprintf("%010d", ceiling-number)
}
