package proof

import (
	"fmt"
	"os"
	"regexp"
	"slices"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/explain"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// exampleAccount stands in where the documents name no account. It is one of
// AWS's documentation.
const exampleAccount = "111122223333"

// ReadPolicyFiles makes a deployment of policy files: one role with the trust
// policy, and one group with all other documents. Either may be missing.
func ReadPolicyFiles(trustFile string, groupFiles []string) (Subject, error) {
	var trust *policy.Document
	if trustFile != "" {
		document, err := readPolicyFile(trustFile)
		if err != nil {
			return Subject{}, err
		}
		trust = &document
	}
	group := policy.Group{Name: "group"}
	for _, path := range groupFiles {
		document, err := readPolicyFile(path)
		if err != nil {
			return Subject{}, err
		}
		group.Policies = append(group.Policies, policy.NamedDocument{Name: path, Document: document})
		group.RoleARNs = appendNew(group.RoleARNs, assumableRoles(document))
	}
	subject := Subject{Source: "Policy files. What is meant was read from them, too."}
	d := &subject.Deployment
	d.Account, d.GroupsGrantMore = accountIn(trust, group.Policies), true
	subject.note("Account %s of partition %s.", d.Account.ID, d.Account.Partition)
	if trust != nil {
		users := trustedUsers(*trust)
		d.Roles = []policy.Role{{
			Name: trustFile, ARN: roleOf(d.Account, group.RoleARNs), Trust: *trust, TrustedUserARNs: users,
		}}
		group.MemberARNs = users
		subject.noteList("Meant to be trusted", users, "nobody, for the trust policy names no user")
	} else {
		subject.Missing = "no trust policy was given"
	}
	if len(group.Policies) > 0 {
		d.Groups = []policy.Group{group}
		subject.noteList("Meant for the group", group.RoleARNs, "no role, for none is allowed by its ARN")
	} else {
		subject.Missing = "no group policy was given"
	}
	return subject, nil
}

func (s *Subject) note(format string, args ...any) {
	s.Notes = append(s.Notes, fmt.Sprintf(format, args...))
}

func (s *Subject) noteList(what string, list []string, none string) {
	if len(list) == 0 {
		list = []string{none}
	}
	s.note("%s: %s.", what, output.Joined(list, "and"))
}

func readPolicyFile(path string) (policy.Document, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return policy.Document{}, fmt.Errorf("reading a policy: %w", err)
	}
	document, err := policy.Parse(string(text))
	if err != nil {
		return policy.Document{}, fmt.Errorf("%s: %w", path, err)
	}
	return document, nil
}

// trustedUsers are the users whom a trust policy allows by their ARN.
func trustedUsers(trust policy.Document) []string {
	var users []string
	for _, s := range trust.Statements {
		if s.Effect == policy.Allow && s.Principal != nil {
			users = appendNew(users, ofKind("user", s.Principal.AWS))
		}
	}
	return users
}

// assumableRoles are the roles that a policy allows to assume by their ARN.
func assumableRoles(document policy.Document) []string {
	var roles []string
	for _, s := range document.Statements {
		if s.Effect == policy.Allow && slices.ContainsFunc(s.Action, explain.AssumesRole) {
			roles = appendNew(roles, ofKind("role", s.Resource))
		}
	}
	return roles
}

func ofKind(kind string, arns []string) []string {
	return slices.DeleteFunc(slices.Clone(arns), func(text string) bool {
		arn, err := policy.ParseIAMARN(text)
		return err != nil || arn.Kind != kind
	})
}

func appendNew(list, more []string) []string {
	for _, item := range more {
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

// roleOf is the role of the trust policy, which does not say whose it is: the
// one role of the group, if it has one.
func roleOf(account policy.Account, groupRoles []string) string {
	if len(groupRoles) == 1 {
		return groupRoles[0]
	}
	return account.RoleARN("/", "the-role")
}

// accountIn is the first account and partition that the documents name, the
// trust policy's first.
func accountIn(trust *policy.Document, documents []policy.NamedDocument) policy.Account {
	accountInARN := regexp.MustCompile(`arn:(aws(?:-[a-z]+)*):[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}|\*|aws|):`)
	bareAccountID := regexp.MustCompile(`"AWS":\[?(?:"[^"]*",)*"([0-9]{12})"`)
	account := policy.Account{Partition: "aws", ID: exampleAccount}
	var texts []string
	if trust != nil {
		texts = append(texts, trust.String())
	}
	for _, named := range documents {
		texts = append(texts, named.Document.String())
	}
	partitionKnown := false
	for _, text := range texts {
		for _, found := range accountInARN.FindAllStringSubmatch(text, -1) {
			if !partitionKnown {
				account.Partition, partitionKnown = found[1], true
			}
			if len(found[2]) == len(exampleAccount) {
				return policy.Account{Partition: found[1], ID: found[2]}
			}
		}
		if bare := bareAccountID.FindStringSubmatch(text); bare != nil {
			account.ID = bare[1]
			return account
		}
	}
	return account
}
