package endpoint

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

func policyVersionOperations() map[string]operation {
	return map[string]operation{
		"CreatePolicyVersion":     write(createPolicyVersion, "PolicyArn", "PolicyDocument"),
		"GetPolicyVersion":        read(getPolicyVersion, "PolicyArn", "VersionId"),
		"ListPolicyVersions":      read(listPolicyVersions, "PolicyArn"),
		"DeletePolicyVersion":     silent(deletePolicyVersion, "PolicyArn", "VersionId"),
		"SetDefaultPolicyVersion": silent(setDefaultPolicyVersion, "PolicyArn", "VersionId"),
	}
}

type policyVersionXML struct {
	Document         string `xml:",omitempty"`
	VersionID        string `xml:"VersionId"`
	IsDefaultVersion bool
	CreateDate       string
}

type policyVersionResult struct{ PolicyVersion policyVersionXML }

func policyVersionOf(v account.PolicyVersion) policyVersionXML {
	x := listedPolicyVersion(v)
	x.Document = encodeDocument(v.Document)
	return x
}

// listedPolicyVersion is a version where IAM leaves out the document: in a
// list and on creation.
func listedPolicyVersion(v account.PolicyVersion) policyVersionXML {
	return policyVersionXML{
		VersionID: v.VersionID, IsDefaultVersion: v.IsDefaultVersion, CreateDate: iso8601(v.CreateDate),
	}
}

func createPolicyVersion(c *call) (any, error) {
	setAsDefault, err := c.params.boolean("SetAsDefault")
	if err != nil {
		return nil, err
	}
	v, err := c.account.CreatePolicyVersion(c.params.get("PolicyArn"), c.params.get("PolicyDocument"), setAsDefault)
	return policyVersionResult{listedPolicyVersion(v)}, err
}

func getPolicyVersion(c *call) (any, error) {
	v, err := c.account.GetPolicyVersion(c.params.get("PolicyArn"), c.params.get("VersionId"))
	return policyVersionResult{policyVersionOf(v)}, err
}

func listPolicyVersions(c *call) (any, error) {
	versions, err := c.account.ListPolicyVersions(c.params.get("PolicyArn"))
	if err != nil {
		return nil, err
	}
	versions, info, err := page(c, versions, newestFirst)
	return struct {
		Versions list[policyVersionXML]
		pageInfo
	}{listOf(versions, listedPolicyVersion), info}, err
}

// newestFirst is a key that falls as the version's number rises.
func newestFirst(v account.PolicyVersion) string {
	const ceiling = 1 << 31
	number, _ := strconv.Atoi(strings.TrimPrefix(v.VersionID, "v"))
	return fmt.Sprintf("%010d", ceiling-number)
}

func deletePolicyVersion(c *call) error {
	return c.account.DeletePolicyVersion(c.params.get("PolicyArn"), c.params.get("VersionId"))
}

func setDefaultPolicyVersion(c *call) error {
	return c.account.SetDefaultPolicyVersion(c.params.get("PolicyArn"), c.params.get("VersionId"))
}
