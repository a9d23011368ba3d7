package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"strings"
)

// Prefixes of IAM's unique ids.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
const (
	userIDPrefix      = "AIDA"
	groupIDPrefix     = "AGPA"
	roleIDPrefix      = "AROA"
	policyIDPrefix    = "ANPA"
	accessKeyIDPrefix = "AKIA"
)

const (
	uniqueIDLength    = 17 // after the prefix
	accessKeyIDLength = 16 // after the prefix
	secretKeyBytes    = 30 // 40 characters of base64
)

func newID(prefix string, length int) string { return prefix + rand.Text()[:length] }

// awsManagedPolicyID is the same for a policy in every account, as in AWS;
// the ids themselves are not AWS's.
func awsManagedPolicyID(pathAndName string) string {
	sum := sha256.Sum256([]byte(pathAndName))
	return policyIDPrefix + base32.StdEncoding.EncodeToString(sum[:])[:uniqueIDLength]
}

// newSecret is the base64 of so many bytes.
func newSecret(bytes int) string {
	random := make([]byte, bytes)
	_, _ = rand.Read(random) // never fails: https://pkg.go.dev/crypto/rand#Read
	return base64.StdEncoding.EncodeToString(random)
}

// arn is the ARN of one of the account's own IAM resources; resource is for
// example user/team/alice or root.
func (a *Account) arn(resource string) string {
	return "arn:" + a.state.Partition + ":iam::" + a.state.ID + ":" + resource
}

func (a *Account) arnOf(kind string, e *entity) string {
	return a.arn(kind + e.Path + e.Name)
}

// ResourceARN is the ARN of the user, group or role of that name. One that does
// not exist has the path /, as far as its ARN matters to an authorisation.
func (a *Account) ResourceARN(kind, name string) string {
	arn, err := reading(a, a.identities(kind), name, func(e *entity) string { return a.arnOf(kind, e) })
	if err != nil {
		return a.arn(kind + "/" + name)
	}
	return arn
}

// resourceName is the name at the end of an ARN's resource part.
func resourceName(arn string) string {
	return arn[strings.LastIndexByte(arn, '/')+1:]
}
