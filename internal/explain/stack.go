package explain

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

func (s *situation) ofStack(q Question, env environment.Environment) error {
	found, err := project.Open(env, q.Project)
	if errors.Is(err, fs.ErrNotExist) && q.Project == "" {
		return fmt.Errorf("%w; to explain what your own credentials may do: --profile %s", err,
			output.ShellWord(cmp.Or(env.AWSProfile(), "default")))
	}
	if err != nil {
		return err
	}
	read, err := project.StackOf(found, q.Stack)
	if err != nil {
		return err
	}
	config := read.Config
	if q.Group != "" && !slices.Contains(config.GroupNames(), q.Group) {
		return fmt.Errorf("stack %s has no group %q: it has %s", q.Stack, q.Group, output.Joined(config.GroupNames(), "and"))
	}
	members := membersWith(config, q)
	resolved, err := stack.ResolveOffline(config, read.Region, members)
	if err != nil {
		return err
	}
	deployment := resolved.Deployment
	user := s.member(deployment, q)
	s.caller = policy.Caller{Kind: policy.UserCaller, ARN: user, Account: deployment.Account.ID}
	s.credential = cmp.Or(q.As, policy.LongTermKey)
	s.notes = append(s.notes, fmt.Sprintf("Stack %s as it would be deployed; AWS was not asked.", q.Stack))
	if len(members) > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%s is taken as a member of %s, for which no users are configured.",
			q.User, output.Joined(slices.Sorted(maps.Keys(members)), "and")))
	}
	s.rolesOf(config, deployment, user)
	if s.credential == policy.RoleSession || s.credential == policy.RoleChain {
		return s.inRole(config, deployment, user)
	}
	s.attach(q.Attached)
	return nil
}

// membersWith has the user in the groups for which the configuration names no
// users: in the group that is given, or in all of them.
func membersWith(config stack.Config, q Question) map[string][]string {
	members := map[string][]string{}
	if q.User == "" || q.Group == "" && slices.Contains(config.UserNames(), q.User) {
		return members
	}
	for _, group := range config.GroupNames() {
		if (q.Group == "" || q.Group == group) && len(config.UsersOf(group)) == 0 {
			members[group] = []string{q.User}
		}
	}
	return members
}

// member is the ARN of the user, and gives the situation the policies of the
// user's groups.
func (s *situation) member(d policy.Deployment, q Question) string {
	user := d.Account.UserARN("/", q.User)
	if q.User == "" {
		for _, group := range d.Groups {
			if (q.Group == "" || q.Group == group.Name) && len(group.MemberARNs) > 0 {
				user = group.MemberARNs[0]
				break
			}
		}
	}
	for _, group := range d.Groups {
		if group.Name == q.Group || q.Group == "" && slices.Contains(group.MemberARNs, user) {
			s.identity = append(s.identity, group.Policies...)
		}
	}
	if len(s.identity) == 0 {
		s.notes = append(s.notes, fmt.Sprintf("%s is in no group of this stack.", q.User))
	}
	return user
}

// rolesOf finds the role that a call of AssumeRole is for, and the profiles of
// the roles that trust the user.
func (s *situation) rolesOf(config stack.Config, d policy.Deployment, user string) {
	assuming := AssumesRole(s.action)
	if s.resource == "" {
		s.resource = "*"
		if assuming {
			s.resource = trustingRole(d, user).ARN
		}
	}
	for _, role := range d.Roles {
		if assuming && role.ARN != s.resource {
			continue
		}
		if assuming {
			s.trust = &policy.NamedDocument{Name: "the trust policy of " + role.Name, Document: role.Trust}
		}
		if slices.Contains(role.TrustedUserARNs, user) {
			s.profiles = append(s.profiles, config.ProfileName(role))
		}
	}
	if assuming && s.trust == nil {
		s.unread = append(s.unread, "the trust policy of "+s.resource)
	}
}

// trustingRole is the first role that trusts the user, or else the first.
func trustingRole(d policy.Deployment, user string) policy.Role {
	i := slices.IndexFunc(d.Roles, func(r policy.Role) bool { return slices.Contains(r.TrustedUserARNs, user) })
	return d.Roles[max(i, 0)]
}

func (s *situation) inRole(config stack.Config, d policy.Deployment, user string) error {
	session, err := policy.ParseIAMARN(user)
	if err != nil {
		return err
	}
	role := trustingRole(d, user)
	s.caller = policy.Caller{
		Kind: policy.RoleSessionCaller, Account: d.Account.ID, IssuerARN: role.ARN,
		ARN: d.Account.RoleSessionARN(role.Name, session.Name),
	}
	s.identity = role.Policies
	for _, name := range config.Roles[role.Key].ManagedPolicies {
		if _, known := policy.AWSManagedDocument(d.Account.Partition, name); known {
			s.attach(name)
		} else {
			s.unread = append(s.unread, "policy "+name+" of role "+role.Name)
		}
	}
	if boundary := role.PermissionsBoundary; boundary != "" {
		name := boundary[strings.LastIndexByte(boundary, '/')+1:]
		if document, known := policy.AWSManagedDocument(d.Account.Partition, name); known && policy.IsAWSManaged(boundary) {
			s.boundary = &policy.NamedDocument{Name: boundary, Document: document}
		} else {
			s.unread = append(s.unread, "permissions boundary "+boundary+" of role "+role.Name)
		}
	}
	return nil
}
