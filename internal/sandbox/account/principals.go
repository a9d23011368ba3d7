package account

import (
	"regexp"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// A trust policy names principals by ARN, and IAM keeps a user or role of the
// account by its unique id: when the user is deleted the id stays, and a new
// user of the same name is somebody else.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html

var (
	accountIDPattern = regexp.MustCompile(`^[0-9]{12}$`)
	uniqueIDPattern  = regexp.MustCompile(`^A(IDA|ROA)[A-Z0-9]+$`)
	// principalARNPattern gives partition, service, account and resource.
	principalARNPattern = regexp.MustCompile(`^arn:([a-z-]+):(iam|sts)::([0-9]{12}):([^*?]+)$`)
)

// setTrust makes text the trust policy of r, or says what IAM has against it.
func (a *Account) setTrust(r *role, text string) error {
	doc, err := parseTrustDocument(text)
	if err != nil {
		return err
	}
	if q := policy.TrustPolicyQuota(); policy.Size(text) > q.Limit {
		return overQuota(quota{q.Name, q.Limit})
	}
	err = rewriteAWSPrincipals(doc, func(given string) (string, error) {
		stored, ok := a.storedPrincipal(given)
		if !ok {
			return "", malformedDocument("Invalid principal in policy: \"AWS\":\"%s\"", given)
		}
		return stored, nil
	})
	if err != nil {
		return err
	}
	r.TrustPolicy = doc.String()
	return nil
}

// shownTrust is r's trust policy as IAM answers it: the ARN of every user and
// role that still exists, the unique id of the others.
func (a *Account) shownTrust(r *role) string {
	doc, err := policy.Parse(r.TrustPolicy)
	if err != nil {
		return r.TrustPolicy // not reached: setTrust and Load let only documents in
	}
	_ = rewriteAWSPrincipals(doc, func(stored string) (string, error) {
		if p, ok := a.principals[stored]; ok {
			return a.arnOf(p.kind, p.entity), nil
		}
		return stored, nil
	})
	return doc.String()
}

func rewriteAWSPrincipals(doc policy.Document, rewrite func(string) (string, error)) error {
	for _, s := range doc.Statements {
		for _, p := range []*policy.Principal{s.Principal, s.NotPrincipal} {
			if p == nil {
				continue
			}
			for i, name := range p.AWS {
				rewritten, err := rewrite(name)
				if err != nil {
					return err
				}
				p.AWS[i] = rewritten
			}
		}
	}
	return nil
}

// storedPrincipal is the form in which IAM keeps an AWS principal; false for
// what is no principal. Users and roles of other accounts are kept as they
// are, for nothing here knows them.
func (a *Account) storedPrincipal(given string) (string, bool) {
	switch {
	case given == "*" || accountIDPattern.MatchString(given):
		return given, true
	case uniqueIDPattern.MatchString(given):
		_, known := a.principals[given]
		return given, known
	}
	parts := principalARNPattern.FindStringSubmatch(given)
	if parts == nil || parts[1] != a.state.Partition {
		return "", false
	}
	service, accountID, resource := parts[2], parts[3], parts[4]
	kind, _, _ := strings.Cut(resource, "/")
	switch service + ":" + kind {
	case "iam:root", "sts:assumed-role", "sts:federated-user":
		return given, true
	case "iam:user", "iam:role":
		if accountID != a.state.ID {
			return given, true
		}
		return a.idOfARN(given)
	}
	return "", false
}

// idOfARN is the unique id of the user or role that has the ARN, compared
// with regard to case, as IAM does.
func (a *Account) idOfARN(arn string) (string, bool) {
	name := key(resourceName(arn))
	if u, ok := a.state.Users[name]; ok && a.arnOf("user", &u.entity) == arn {
		return u.ID, true
	}
	if r, ok := a.state.Roles[name]; ok && a.arnOf("role", &r.entity) == arn {
		return r.ID, true
	}
	return "", false
}

// principal is a user or role as the target of a unique id.
type principal struct {
	kind string // user or role
	*entity
}

// principalIndex maps the unique id of each user and role to its owner.
func principalIndex(s state) map[string]principal {
	index := make(map[string]principal, len(s.Users)+len(s.Roles))
	for _, u := range s.Users {
		index[u.ID] = principal{"user", &u.entity}
	}
	for _, r := range s.Roles {
		index[r.ID] = principal{"role", &r.entity}
	}
	return index
}
