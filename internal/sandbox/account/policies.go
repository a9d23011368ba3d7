package account

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Policy is what IAM answers about a managed policy, the customer's own or
// one that AWS manages. All of them are attachable.
type Policy struct {
	PolicyName             string
	PolicyID               string `xml:"PolicyId"`
	Path                   string
	ARN                    string `xml:"Arn"`
	Description            string `xml:",omitempty"`
	DefaultVersionID       string `xml:"DefaultVersionId"`
	CreateDate, UpdateDate time.Time
	// AttachmentCount is to how many users, groups and roles it is attached.
	AttachmentCount int
	IsAttachable    bool
	// PermissionsBoundaryUsageCount is of how many users and roles it is the
	// permissions boundary.
	PermissionsBoundaryUsageCount int
	Tags                          Tags
}

// CreatePolicyInput is the input of [Account.CreatePolicy]; the path is /
// unless given.
type CreatePolicyInput struct {
	PolicyName     string
	Path           string
	PolicyDocument string
	Description    string
	Tags           Tags
}

type customerPolicy struct {
	entity
	Description    string          `json:"description,omitempty"`
	UpdateDate     time.Time       `json:"updateDate"`
	DefaultVersion int             `json:"defaultVersion"`
	LatestVersion  int             `json:"latestVersion"`
	Versions       []policyVersion `json:"versions"` // oldest first
}

// policyUsage is how many entities use a policy, and how.
type policyUsage struct{ attachments, boundaries int }

// CreatePolicy creates a customer managed policy with version v1.
func (a *Account) CreatePolicy(in CreatePolicyInput) (Policy, error) {
	var c constraints
	c.text("policyName", in.PolicyName, policyNameRule)
	c.optional("path", in.Path, policyPathRule)
	c.text("description", in.Description, policyDescriptionRule)
	c.tags(in.Tags)
	if err := c.err(); err != nil {
		return Policy{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if existing, ok := a.state.Policies[key(in.PolicyName)]; ok {
		return Policy{}, alreadyExists("A policy called %s already exists. Duplicate names are not allowed.", existing.Name)
	}
	tags, err := withTags(nil, in.Tags, exactCase)
	if err != nil {
		return Policy{}, err
	}
	if err := checkManagedDocument(in.PolicyDocument); err != nil {
		return Policy{}, err
	}
	p := &customerPolicy{
		entity:      a.newEntity(in.PolicyName, in.Path, policyIDPrefix),
		Description: in.Description, DefaultVersion: 1, LatestVersion: 1,
	}
	p.Tags, p.UpdateDate = tags, p.CreateDate
	p.Versions = []policyVersion{{Number: 1, Document: in.PolicyDocument, CreateDate: p.CreateDate}}
	a.touch(p)
	a.state.Policies[key(in.PolicyName)] = p
	return a.policyOf(p, policyUsage{}), nil
}

// GetPolicy is one managed policy.
func (a *Account) GetPolicy(policyARN string) (Policy, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if err := a.checkPolicyARN("policyArn", policyARN); err != nil {
		return Policy{}, err
	}
	usage := a.policyUsage()[policyARN]
	if p, ok := a.managed[policyARN]; ok {
		return awsPolicyOf(p, usage), nil
	}
	p, err := a.findCustomerPolicy(policyARN)
	if err != nil {
		return Policy{}, err
	}
	return a.policyOf(p, usage), nil
}

// ListPolicies is the policies of a scope, Local, AWS or (All, or none given) both, whose
// path begins with pathPrefix, sorted by ARN.
func (a *Account) ListPolicies(scope, pathPrefix string) ([]Policy, error) {
	var c constraints
	c.optional("pathPrefix", pathPrefix, pathPrefixRule)
	c.oneOf("scope", scope, "", "All", "Local", "AWS")
	if err := c.err(); err != nil {
		return nil, err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	usage := a.policyUsage()
	var found []Policy
	if scope != "AWS" {
		found = mapSlice(byName(a.state.Policies, pathPrefix), func(p *customerPolicy) Policy {
			return a.policyOf(p, usage[a.arnOf("policy", &p.entity)])
		})
	}
	if scope != "Local" {
		for arn, p := range a.managed {
			if strings.HasPrefix(p.Path, pathPrefix) {
				found = append(found, awsPolicyOf(p, usage[arn]))
			}
		}
	}
	slices.SortFunc(found, func(x, y Policy) int { return cmp.Compare(x.ARN, y.ARN) })
	return found, nil
}

// DeletePolicy deletes a customer managed policy that nothing uses and that has
// its default version only.
func (a *Account) DeletePolicy(policyARN string) error {
	return changing(a, a.ownPolicy, policyARN, func(p *customerPolicy) error {
		switch usage := a.policyUsage()[policyARN]; {
		case usage.attachments+usage.boundaries > 0:
			return deleteConflict("Cannot delete a policy attached to entities.")
		case len(p.Versions) > 1:
			return deleteConflict("This policy has more than one version. Before you delete a policy, you must delete " +
				"the policy's versions. The default version is deleted with the policy.")
		}
		delete(a.state.Policies, key(p.Name))
		return nil
	})
}

// TagPolicy adds tags or sets the values of existing ones.
func (a *Account) TagPolicy(policyARN string, tags []Tag) error {
	return addTags(a, a.ownPolicy, policyARN, tags, exactCase)
}

// UntagPolicy removes tags; a key that is not there is no error.
func (a *Account) UntagPolicy(policyARN string, keys []string) error {
	return removeTags(a, a.ownPolicy, policyARN, keys, exactCase)
}

// policyARNPattern gives the partition and the owner: aws or an account id.
var policyARNPattern = regexp.MustCompile(`^arn:([a-z-]+):iam::(aws|[0-9]{12}):policy(/[A-Za-z0-9.,+@=_-]+)+$`)

func (a *Account) checkPolicyARN(field, policyARN string) error {
	if err := checkText(field, policyARN, arnRule); err != nil {
		return err
	}
	parts := policyARNPattern.FindStringSubmatch(policyARN)
	if parts == nil || parts[1] != a.state.Partition {
		return invalidInput("ARN %s is not valid.", policyARN)
	}
	return nil
}

func (a *Account) findCustomerPolicy(policyARN string) (*customerPolicy, error) {
	p, ok := a.state.Policies[key(resourceName(policyARN))]
	if !ok || a.arnOf("policy", &p.entity) != policyARN {
		return nil, noSuchEntity("Policy %s was not found.", policyARN)
	}
	return p, nil
}

// ownPolicy is the customer managed policy that an operation wants to change.
func (a *Account) ownPolicy(policyARN string) (*customerPolicy, error) {
	if err := a.checkPolicyARN("policyArn", policyARN); err != nil {
		return nil, err
	}
	if _, ok := a.managed[policyARN]; ok {
		return nil, refused("Cannot perform the operation on the protected policy %s.", policyARN)
	}
	return a.findCustomerPolicy(policyARN)
}

func (a *Account) policyUsage() map[string]policyUsage {
	usage := map[string]policyUsage{}
	count := func(e *entity) {
		for _, arn := range e.AttachedPolicies {
			usage[arn] = policyUsage{usage[arn].attachments + 1, usage[arn].boundaries}
		}
		if boundary := string(e.PermissionsBoundary); boundary != "" {
			usage[boundary] = policyUsage{usage[boundary].attachments, usage[boundary].boundaries + 1}
		}
	}
	for _, p := range a.principals {
		count(p.entity)
	}
	for _, g := range a.state.Groups {
		count(&g.entity)
	}
	return usage
}

func (a *Account) policyOf(p *customerPolicy, usage policyUsage) Policy {
	return Policy{
		PolicyName: p.Name, PolicyID: p.ID, Path: p.Path, ARN: a.arnOf("policy", &p.entity),
		Description: p.Description, DefaultVersionID: versionID(p.DefaultVersion),
		CreateDate: p.CreateDate, UpdateDate: p.UpdateDate, Tags: slices.Clone(p.Tags), IsAttachable: true,
		AttachmentCount: usage.attachments, PermissionsBoundaryUsageCount: usage.boundaries,
	}
}

// awsManagedPolicies are the AWS managed policies of a partition, by ARN.
func awsManagedPolicies(partition string) map[string]policy.AWSManagedPolicy {
	policies := map[string]policy.AWSManagedPolicy{}
	for _, p := range policy.AWSManagedPolicies(partition) {
		policies[p.ARN] = p
	}
	return policies
}

// document is that of the default version.
func (p *customerPolicy) document() (string, bool) {
	i := slices.IndexFunc(p.Versions, func(v policyVersion) bool { return v.Number == p.DefaultVersion })
	if i < 0 {
		return "", false
	}
	return p.Versions[i].Document, true
}

func awsPolicyOf(p policy.AWSManagedPolicy, usage policyUsage) Policy {
	return Policy{
		PolicyName: p.Name, PolicyID: awsManagedPolicyID(p.Path + p.Name), Path: p.Path, ARN: p.ARN,
		Description: p.Description, DefaultVersionID: p.Version,
		CreateDate: p.CreateDate, UpdateDate: p.UpdateDate, IsAttachable: true,
		AttachmentCount: usage.attachments, PermissionsBoundaryUsageCount: usage.boundaries,
	}
}
