package endpoint

import "github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"

func policyOperations() map[string]operation {
	return map[string]operation{
		"CreatePolicy": write(createPolicy, "PolicyName", "PolicyDocument"),
		"GetPolicy":    read(getPolicy, "PolicyArn"),
		"ListPolicies": read(listPolicies),
		"DeletePolicy": silent(deletePolicy, "PolicyArn"),
		"TagPolicy":    silent(tagPolicy, "PolicyArn", "Tags"),
		"UntagPolicy":  silent(untagPolicy, "PolicyArn", "TagKeys"),
	}
}

type policyXML struct {
	PolicyName                    string
	PolicyID                      string `xml:"PolicyId"`
	Arn                           string
	Path                          string
	DefaultVersionID              string `xml:"DefaultVersionId"`
	AttachmentCount               int
	PermissionsBoundaryUsageCount int
	IsAttachable                  bool
	Description                   string `xml:",omitempty"`
	CreateDate                    string
	UpdateDate                    string
	Tags                          *list[tagXML]
}

type policyResult struct{ Policy policyXML }

func policyOf(p account.Policy) policyXML {
	x := listedPolicy(p)
	x.Description = p.Description
	x.Tags = optionalList(p.Tags, tagOf)
	return x
}

// listedPolicy is a policy as in a list, where IAM leaves out description and
// tags.
func listedPolicy(p account.Policy) policyXML {
	return policyXML{
		PolicyName: p.PolicyName, PolicyID: p.PolicyID, Arn: p.ARN, Path: p.Path,
		DefaultVersionID: p.DefaultVersionID, AttachmentCount: p.AttachmentCount,
		PermissionsBoundaryUsageCount: p.PermissionsBoundaryUsageCount, IsAttachable: true,
		CreateDate: iso8601(p.CreateDate), UpdateDate: iso8601(p.UpdateDate),
	}
}

func createPolicy(c *call) (any, error) {
	p, err := c.account.CreatePolicy(account.CreatePolicyInput{
		PolicyName:     c.params.get("PolicyName"),
		Path:           c.params.get("Path"),
		PolicyDocument: c.params.get("PolicyDocument"),
		Description:    c.params.get("Description"),
		Tags:           c.params.tags(),
	})
	return policyResult{policyOf(p)}, err
}

func getPolicy(c *call) (any, error) {
	p, err := c.account.GetPolicy(c.params.get("PolicyArn"))
	return policyResult{policyOf(p)}, err
}

func listPolicies(c *call) (any, error) {
	onlyAttached, err := c.params.boolean("OnlyAttached")
	if err != nil {
		return nil, err
	}
	policies, err := c.account.ListPolicies(account.PolicyFilter{
		Scope:        c.params.get("Scope"),
		OnlyAttached: onlyAttached,
		PathPrefix:   c.params.get("PathPrefix"),
		UsageFilter:  c.params.get("PolicyUsageFilter"),
	})
	if err != nil {
		return nil, err
	}
	policies, info, err := page(c, policies, policyKey)
	return struct {
		Policies list[policyXML]
		pageInfo
	}{listOf(policies, listedPolicy), info}, err
}

// policyKey orders by name; only the ARN is unique, for the customer's own
// policy may be named as one of AWS's.
func policyKey(p account.Policy) string { return p.PolicyName + " " + p.ARN }

func deletePolicy(c *call) error { return c.account.DeletePolicy(c.params.get("PolicyArn")) }

func tagPolicy(c *call) error {
	return c.account.TagPolicy(c.params.get("PolicyArn"), c.params.tags())
}

func untagPolicy(c *call) error {
	return c.account.UntagPolicy(c.params.get("PolicyArn"), c.params.list("TagKeys"))
}
