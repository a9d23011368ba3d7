package policy

import (
	"embed"
	"encoding/json"
	"strings"
	"time"
)

// awsManagedFiles are some of the policies that AWS manages: the document of
// each in a file named after it, and index.json with their versions and dates.
//
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html
//
//go:embed awsmanaged/*.json
var awsManagedFiles embed.FS

// AWSManagedPolicy is a policy that AWS manages, as of UpdateDate.
type AWSManagedPolicy struct {
	Name        string `json:"name"`
	Path        string `json:"path"`
	Description string `json:"description"`
	// Version is AWS's default version, such as v12.
	Version    string    `json:"version"`
	CreateDate time.Time `json:"created"`
	UpdateDate time.Time `json:"updated"`
	// Simplified is true where the document is shorter than AWS's own, which its
	// description says: nothing must be concluded from it about a real account.
	Simplified bool   `json:"simplified"`
	ARN        string `json:"-"`
	// Document is JSON.
	Document string `json:"-"`
}

// AWSManagedPolicies are the AWS managed policies that are known here, as they
// are in the partition, sorted by name.
func AWSManagedPolicies(partition string) []AWSManagedPolicy {
	policies := awsManagedIndex()
	for i := range policies {
		policies[i] = policies[i].in(partition)
	}
	return policies
}

// AWSManagedARNs are those of [AWSManagedPolicies].
func AWSManagedARNs(partition string) []string {
	var arns []string
	for _, p := range awsManagedIndex() {
		arns = append(arns, p.arn(partition))
	}
	return arns
}

// awsManagedIndex has the policies without what depends on a partition.
func awsManagedIndex() []AWSManagedPolicy {
	var policies []AWSManagedPolicy
	if err := json.Unmarshal([]byte(awsManagedFile("index")), &policies); err != nil {
		panic("policy: the index of AWS managed policies: " + err.Error()) // part of the program, read by its tests
	}
	return policies
}

func (p AWSManagedPolicy) arn(partition string) string {
	return "arn:" + partition + ":iam::aws:policy" + p.Path + p.Name
}

func (p AWSManagedPolicy) in(partition string) AWSManagedPolicy {
	p.ARN = p.arn(partition)
	p.Document = strings.ReplaceAll(awsManagedFile(p.Name), `"arn:aws:`, `"arn:`+partition+":")
	return p
}

// AWSManagedDocument is the document of an AWS managed policy in a partition,
// by the policy's name. It says whether the document is known as AWS has it.
func AWSManagedDocument(partition, name string) (Document, bool) {
	for _, p := range awsManagedIndex() {
		if p.Name != name || p.Simplified {
			continue
		}
		document, err := Parse(p.in(partition).Document)
		if err != nil {
			panic("policy: the AWS managed policy " + name + ": " + err.Error())
		}
		return document, true
	}
	return Document{}, false
}

func awsManagedFile(name string) string {
	data, err := awsManagedFiles.ReadFile("awsmanaged/" + name + ".json")
	if err != nil {
		panic("policy: AWS managed policies: " + err.Error())
	}
	return string(data)
}
