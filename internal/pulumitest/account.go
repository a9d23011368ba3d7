package pulumitest

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The type and function tokens that the monitor knows, besides the project's components.
const (
	RoleToken                  = "aws:iam/role:Role"
	PolicyToken                = "aws:iam/policy:Policy"
	GroupPolicyAttachmentToken = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
	RolePolicyAttachmentToken  = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	ProviderToken              = "pulumi:providers:aws"

	GetCallerIdentityToken = "aws:index/getCallerIdentity:getCallerIdentity"
	GetPartitionToken      = "aws:index/getPartition:getPartition"
	GetRegionToken         = "aws:index/getRegion:getRegion"
	GetGroupToken          = "aws:iam/getGroup:getGroup"
	GetUserToken           = "aws:iam/getUser:getUser"
	GetPolicyToken         = "aws:iam/getPolicy:getPolicy"
)

// account is the AWS account that a run sees. It never changes during the run.
type account struct {
	id, partition, region string
	groups                map[string][]User
	users                 map[string]User
	managedPolicies       map[string]string
}

func newAccount(opts Options) (*account, error) {
	a := &account{
		id:        opts.Account,
		partition: opts.Partition,
		region:    opts.Region,
		groups:    make(map[string][]User, len(opts.Groups)),
		users:     make(map[string]User),

		managedPolicies: maps.Clone(opts.ManagedPolicies),
	}
	for group, members := range opts.Groups {
		a.groups[group] = slices.Clone(members)
		if err := a.addUsers(members); err != nil {
			return nil, err
		}
	}
	return a, a.addUsers(opts.Users)
}

func (a *account) addUsers(users []User) error {
	for _, user := range users {
		if other, exists := a.users[user.Name]; exists && !reflect.DeepEqual(other, user) {
			return fmt.Errorf("user %q is given twice, as %+v and as %+v", user.Name, other, user)
		}
		a.users[user.Name] = user
	}
	return nil
}

// arn of an IAM entity: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html. IAM is global,
// so the region is empty; the path begins and ends with a slash.
func (a *account) arn(kind, path, name string) string {
	return fmt.Sprintf("arn:%s:iam::%s:%s%s%s", a.partition, a.id, kind, path, name)
}

// uniqueID imitates IAM's unique ids: a prefix of four letters that tells the kind, and 17 letters and digits.
func uniqueID(prefix, seed string) string {
	sum := sha256.Sum256([]byte(seed))
	return prefix + base32.StdEncoding.EncodeToString(sum[:])[:17]
}

// suffix is the random part of a name or id that the provider would make up.
func suffix(seed string, length int) string {
	sum := sha256.Sum256([]byte(seed))
	return hex.EncodeToString(sum[:])[:length]
}

func pathOrRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// resourceType is what the monitor knows of one custom resource type: the inputs that the provider requires, and what
// its create adds to the registration, whose state has the inputs already.
type resourceType struct {
	required []resource.PropertyKey
	create   func(*account, *registration)
}

// resources has every custom resource type that the project uses.
var resources = map[string]resourceType{
	RoleToken: {
		required: []resource.PropertyKey{"assumeRolePolicy"},
		create:   createRole,
	},
	PolicyToken: {
		required: []resource.PropertyKey{"policy"},
		create:   createPolicy,
	},
	GroupPolicyAttachmentToken: {
		required: []resource.PropertyKey{"group", "policyArn"},
		create:   createAttachment("group"),
	},
	RolePolicyAttachmentToken: {
		required: []resource.PropertyKey{"role", "policyArn"},
		create:   createAttachment("role"),
	},
	ProviderToken: {
		create: func(_ *account, r *registration) { r.id = "provider-" + suffix(string(r.urn), 12) },
	},
}

func createRole(a *account, r *registration) {
	arn := createEntity(a, r, "role")
	r.id = text(r.state["name"])
	r.state["uniqueId"] = resource.NewProperty(uniqueID("AROA", arn))
}

func createPolicy(a *account, r *registration) {
	arn := createEntity(a, r, "policy")
	r.id = arn
	r.state["policyId"] = resource.NewProperty(uniqueID("ANPA", arn))
	r.state["attachmentCount"] = resource.NewProperty(0.0)
}

// createEntity sets what roles and policies have in common, and returns the ARN. A missing name is made up as
// Pulumi's auto-naming does it. IAM keeps names unique whatever their case and path:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
func createEntity(a *account, r *registration, kind string) string {
	name, path := text(r.inputs["name"]), pathOrRoot(text(r.inputs["path"]))
	if name == "" {
		name = r.request.GetName() + "-" + suffix(string(r.urn), 7)
	}
	arn := a.arn(kind, path, name)
	r.entity = kind + " " + strings.ToLower(name)
	r.state["arn"] = resource.NewProperty(arn)
	r.state["name"] = resource.NewProperty(name)
	r.state["path"] = resource.NewProperty(path)
	r.state["tagsAll"] = resource.NewProperty(resource.PropertyMap{})
	if tags, tagged := r.inputs["tags"]; tagged {
		r.state["tagsAll"] = clone(tags)
	}
	return arn
}

func createAttachment(target resource.PropertyKey) func(*account, *registration) {
	return func(_ *account, r *registration) { r.id = text(r.inputs[target]) + "-" + suffix(string(r.urn), 26) }
}

// function is what the monitor knows of one provider function: the argument that says what is asked for, if there is
// one, and the answer.
type function struct {
	subject resource.PropertyKey
	answer  func(a *account, name string) (resource.PropertyMap, error)
}

// functions has every provider function that the project uses.
var functions = map[string]function{
	GetCallerIdentityToken: {answer: getCallerIdentity},
	GetPartitionToken:      {answer: getPartition},
	GetRegionToken:         {answer: getRegion},
	GetGroupToken:          {subject: "groupName", answer: getGroup},
	GetUserToken:           {subject: "userName", answer: getUser},
	GetPolicyToken:         {subject: "arn", answer: getPolicy},
}

func getCallerIdentity(a *account, _ string) (resource.PropertyMap, error) {
	arn := a.arn("user", "/", "deployer")
	return texts(map[string]string{
		"accountId": a.id,
		"arn":       arn,
		"id":        a.id,
		"userId":    uniqueID("AIDA", arn),
	}), nil
}

// dnsSuffixes has, by partition, the suffix of its endpoints and the reverse form of it.
//
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
var dnsSuffixes = map[string][2]string{
	"aws":        {"amazonaws.com", "com.amazonaws"},
	"aws-cn":     {"amazonaws.com.cn", "cn.com.amazonaws"},
	"aws-us-gov": {"amazonaws.com", "com.amazonaws"},
}

func getPartition(a *account, _ string) (resource.PropertyMap, error) {
	suffixes, known := dnsSuffixes[a.partition]
	if !known {
		return nil, fmt.Errorf("no such partition: %q", a.partition)
	}
	return texts(map[string]string{
		"dnsSuffix":        suffixes[0],
		"id":               a.partition,
		"partition":        a.partition,
		"reverseDnsPrefix": suffixes[1],
	}), nil
}

func getRegion(a *account, _ string) (resource.PropertyMap, error) {
	return texts(map[string]string{
		"description": "Region " + a.region,
		"endpoint":    "ec2." + a.region + "." + dnsSuffixes[a.partition][0],
		"id":          a.region,
		"name":        a.region,
	}), nil
}

func getGroup(a *account, name string) (resource.PropertyMap, error) {
	members, exists := a.groups[name]
	if !exists {
		return nil, fmt.Errorf("getting group: operation error IAM: GetGroup, https response error StatusCode: 404, "+
			"RequestID: %s, NoSuchEntity: The group with name %s cannot be found.%w", requestID(name), name,
			silent{ErrNoSuchEntity})
	}
	arn := a.arn("group", "/", name)
	users := make([]resource.PropertyValue, len(members))
	for i, member := range members {
		users[i] = resource.NewProperty(texts(a.userIdentity(member)))
	}
	group := texts(map[string]string{
		"arn":       arn,
		"groupId":   uniqueID("AGPA", arn),
		"groupName": name,
		"id":        uniqueID("AGPA", arn),
		"path":      "/",
	})
	group["users"] = resource.NewProperty(users)
	return group, nil
}

// getUser fails with other words than getGroup does, and without the code NoSuchEntity: so does the provider, whose
// user lookup turns that code into its own "not found".
func getUser(a *account, name string) (resource.PropertyMap, error) {
	user, exists := a.users[name]
	if !exists {
		return nil, fmt.Errorf("reading IAM User (%s): couldn't find resource%w", name, silent{ErrNoSuchEntity})
	}
	identity := a.userIdentity(user)
	result := texts(identity)
	result["id"] = resource.NewProperty(identity["userId"])
	result["permissionsBoundary"] = resource.NewProperty(user.PermissionsBoundary)
	result["tags"] = resource.NewProperty(texts(user.Tags))
	return result, nil
}

func getPolicy(a *account, arn string) (resource.PropertyMap, error) {
	document, exists := a.managedPolicies[arn]
	if !exists {
		return nil, fmt.Errorf("reading IAM policy (%s): couldn't find resource%w", arn, silent{ErrNoSuchEntity})
	}
	return texts(map[string]string{
		"arn":      arn,
		"id":       arn,
		"name":     arn[strings.LastIndex(arn, "/")+1:],
		"policy":   document,
		"policyId": uniqueID("ANPA", arn),
	}), nil
}

func (a *account) userIdentity(user User) map[string]string {
	path := pathOrRoot(user.Path)
	arn := a.arn("user", path, user.Name)
	return map[string]string{
		"arn":      arn,
		"path":     path,
		"userId":   uniqueID("AIDA", arn),
		"userName": user.Name,
	}
}

// requestID has the form of the ids that AWS gives every request.
func requestID(seed string) string {
	digits := suffix(seed, 32)
	return fmt.Sprintf("%s-%s-%s-%s-%s", digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
}

// silent makes an error matchable without changing the text around it.
type silent struct{ error }

func (silent) Error() string { return "" }

func (s silent) Unwrap() error { return s.error }

func texts(values map[string]string) resource.PropertyMap {
	result := make(resource.PropertyMap, len(values))
	for key, value := range values {
		result[resource.PropertyKey(key)] = resource.NewProperty(value)
	}
	return result
}
