package account

import (
	"slices"
	"strconv"
	"time"
)

// PolicyVersion is one version of a managed policy.
type PolicyVersion struct {
	// Document is JSON, as it was given.
	Document string `xml:",omitempty"`
	// VersionID is v1, v2 and so on.
	VersionID        string `xml:"VersionId"`
	IsDefaultVersion bool
	CreateDate       time.Time
}

type policyVersion struct {
	Number     int       `json:"number"`
	Document   string    `json:"document"`
	CreateDate time.Time `json:"createDate"`
}

func versionID(number int) string { return "v" + strconv.Itoa(number) }

// CreatePolicyVersion adds a version to a customer managed policy, and makes it
// the default when setAsDefault is true.
func (a *Account) CreatePolicyVersion(policyARN, policyDocument string, setAsDefault bool) (PolicyVersion, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, err := a.ownPolicy(policyARN)
	if err != nil {
		return PolicyVersion{}, err
	}
	if err := checkManagedDocument(policyDocument); err != nil {
		return PolicyVersion{}, err
	}
	if len(p.Versions) >= versionsPerPolicy.limit {
		return PolicyVersion{}, limitExceeded("A managed policy can have up to %d versions. "+
			"Before you create a new version, you must delete an existing version.", versionsPerPolicy.limit)
	}
	a.touch(p)
	p.LatestVersion++
	v := policyVersion{Number: p.LatestVersion, Document: policyDocument, CreateDate: a.timestamp()}
	p.Versions = append(p.Versions, v)
	if setAsDefault {
		p.setDefault(v.Number, v.CreateDate)
	}
	return p.versionOf(v), nil
}

// GetPolicyVersion is one version of a managed policy.
func (a *Account) GetPolicyVersion(policyARN, versionID string) (PolicyVersion, error) {
	versions, err := a.ListPolicyVersions(policyARN)
	if err != nil {
		return PolicyVersion{}, err
	}
	i := slices.IndexFunc(versions, func(v PolicyVersion) bool { return v.VersionID == versionID })
	if i < 0 {
		return PolicyVersion{}, noSuchVersion(policyARN, versionID)
	}
	return versions[i], nil
}

// ListPolicyVersions is the versions of a managed policy, the newest first.
func (a *Account) ListPolicyVersions(policyARN string) ([]PolicyVersion, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if err := a.checkPolicyARN("policyArn", policyARN); err != nil {
		return nil, err
	}
	if p, ok := a.managed[policyARN]; ok {
		return []PolicyVersion{
			{VersionID: p.Version, IsDefaultVersion: true, Document: p.Document, CreateDate: p.UpdateDate},
		}, nil
	}
	p, err := a.findCustomerPolicy(policyARN)
	if err != nil {
		return nil, err
	}
	versions := mapSlice(p.Versions, p.versionOf)
	slices.Reverse(versions)
	return versions, nil
}

// DeletePolicyVersion deletes a version that is not the default.
func (a *Account) DeletePolicyVersion(policyARN, versionID string) error {
	return a.changeVersion(policyARN, versionID, func(p *customerPolicy, i int) error {
		if p.Versions[i].Number == p.DefaultVersion {
			return deleteConflict("Cannot delete the default version of a policy.")
		}
		p.Versions = slices.Delete(p.Versions, i, i+1)
		return nil
	})
}

// SetDefaultPolicyVersion makes a version the one in force.
func (a *Account) SetDefaultPolicyVersion(policyARN, versionID string) error {
	return a.changeVersion(policyARN, versionID, func(p *customerPolicy, i int) error {
		p.setDefault(p.Versions[i].Number, a.timestamp())
		return nil
	})
}

func (a *Account) changeVersion(policyARN, id string, change func(p *customerPolicy, i int) error) error {
	return changing(a, a.ownPolicy, policyARN, func(p *customerPolicy) error {
		i := slices.IndexFunc(p.Versions, func(v policyVersion) bool { return versionID(v.Number) == id })
		if i < 0 {
			return noSuchVersion(policyARN, id)
		}
		return change(p, i)
	})
}

func noSuchVersion(policyARN, versionID string) error {
	return noSuchEntity("Policy %s version %s does not exist or is not attachable.", policyARN, versionID)
}

func (p *customerPolicy) setDefault(number int, now time.Time) {
	p.DefaultVersion, p.UpdateDate = number, now
}

func (p *customerPolicy) versionOf(v policyVersion) PolicyVersion {
	return PolicyVersion{
		VersionID: versionID(v.Number), IsDefaultVersion: v.Number == p.DefaultVersion,
		Document: v.Document, CreateDate: v.CreateDate,
	}
}
