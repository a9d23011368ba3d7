package account

import (
	"crypto/sha256"
	"embed"
	"encoding/base32"
	"encoding/json"
	"path"
	"strings"
	"time"
)

// awsManagedFiles are some of the policies that AWS manages, a file each,
// named as the policy. The documents of ReadOnlyAccess, SecurityAudit and
// ViewOnlyAccess are simplified, which their descriptions say; the others are
// AWS's own.
//
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html
//
//go:embed awsmanaged/*.json
var awsManagedFiles embed.FS

type awsManagedPolicy struct {
	Name             string          `json:"-"`
	ID               string          `json:"-"`
	Path             string          `json:"path"`
	Description      string          `json:"description"`
	CreateDate       time.Time       `json:"createDate"`
	UpdateDate       time.Time       `json:"updateDate"`
	DefaultVersionID string          `json:"defaultVersionId"`
	Document         json.RawMessage `json:"document"`
}

// awsManagedPolicies are the AWS managed policies of a partition, by ARN.
func awsManagedPolicies(partition string) map[string]awsManagedPolicy {
	files, err := awsManagedFiles.ReadDir("awsmanaged")
	if err != nil {
		panic("account: the embedded AWS managed policies: " + err.Error())
	}
	policies := make(map[string]awsManagedPolicy, len(files))
	for _, file := range files {
		p := readAWSManagedPolicy(path.Join("awsmanaged", file.Name()), partition)
		arn := "arn:" + partition + ":iam::aws:policy" + p.Path + p.Name
		p.ID = awsManagedPolicyID(p)
		policies[arn] = p
	}
	return policies
}

// readAWSManagedPolicy panics on a file that cannot be read, for the files
// are part of the program and its tests read them all.
func readAWSManagedPolicy(file, partition string) awsManagedPolicy {
	data, err := awsManagedFiles.ReadFile(file)
	if err != nil {
		panic("account: an embedded AWS managed policy: " + err.Error())
	}
	text := strings.ReplaceAll(string(data), `"arn:aws:`, `"arn:`+partition+":")
	var p awsManagedPolicy
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		panic("account: the embedded " + file + ": " + err.Error())
	}
	p.Name = strings.TrimSuffix(path.Base(file), ".json")
	return p
}

// awsManagedPolicyID is the same for a policy in every account, as in AWS;
// the ids themselves are not AWS's.
func awsManagedPolicyID(p awsManagedPolicy) string {
	sum := sha256.Sum256([]byte(p.Path + p.Name))
	return policyIDPrefix + base32.StdEncoding.EncodeToString(sum[:])[:uniqueIDLength]
}
