package stack

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/spelling"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// User is a user as the account has it: ARNs hold the path, which no one can
// guess from the name.
type User struct{ Name, ARN string }

// ErrNotThere is wrapped by the errors of a [Source] about what does not exist. Any
// other error says that nobody knows.
var ErrNotThere = errors.New("not there")

// Source is where users, groups and policies are looked up.
type Source struct {
	// Group gives the members of a group.
	Group func(name string) ([]User, error)
	User  func(name string) (User, error)
	// Policy gives a managed policy; nil leaves them unread, and so unjudged.
	Policy func(arn string) (Existing, error)
	// Role gives a role; nil where nothing is deployed.
	Role func(name string) (Existing, error)
	// RoleNames lists the roles whose names a regular expression matches, in one
	// question in place of one for each of many roles that are not there. With an
	// error each is asked for; nil asks for each, and looks for no other stacks.
	RoleNames func(nameRegex string) ([]string, error)
	// State gives what the stack's own state has; an error that wraps [ErrNotThere]
	// says that the stack was never deployed to its end, so that nobody knows.
	State func() (State, error)
}

// Existing is a role or a managed policy as the account has it.
type Existing struct {
	// Document is a role's trust policy, or what a managed policy says.
	Document policy.Document
	Path     string
	// Owner is the value of [OwnerTag], empty where there is none.
	Owner string
}

// State is what Pulumi knows of a stack, by names in IAM.
type State struct {
	Roles, Policies []string
	// AttachedGroups and AttachedRoles have a policy attached.
	AttachedGroups, AttachedRoles []string
}

// directory answers for users, groups and policies, each asked for once.
type directory struct {
	source Source
	own    ownPolicies
	// known are the ARNs of AWS's own policies that are there, unasked.
	known    map[string]bool
	groups   lookup[[]User]
	users    lookup[User]
	policies lookup[Existing]
	roles    lookup[Existing]
	state    func() (State, error)
}

func newDirectory(s Source, account policy.Account, own ownPolicies) *directory {
	known := map[string]bool{}
	if account.Partition == "aws" { // the others lack some
		for _, arn := range policy.AWSManagedARNs(account.Partition) {
			known[arn] = true
		}
	}
	return &directory{
		s, own, known, newLookup(s.Group), newLookup(s.User), newLookup(s.Policy), newLookup(s.Role),
		sync.OnceValues(s.State),
	}
}

// lookup remembers the answers by name.
type lookup[T any] struct {
	ask     func(name string) (T, error)
	answers map[string]answer[T]
}

type answer[T any] struct {
	value T
	err   error
}

func newLookup[T any](ask func(string) (T, error)) lookup[T] {
	return lookup[T]{ask, map[string]answer[T]{}}
}

func (l lookup[T]) get(name string) (T, error) {
	known, ok := l.answers[name]
	if !ok {
		known.value, known.err = l.ask(name)
		l.answers[name] = known
	}
	return known.value, known.err
}

// atOnce is how many questions to the account are under way at a time.
const atOnce = 16

// prefetch asks for all that the names need, at once, so that a deploy waits for
// the slowest answer instead of for each in turn. What an answer means is found out
// in order, by get.
func (l lookup[T]) prefetch(names []string, turns chan struct{}) {
	if l.ask == nil {
		return
	}
	var group sync.WaitGroup
	answers := make([]answer[T], len(names))
	for i, name := range names {
		group.Go(func() {
			turns <- struct{}{}
			answers[i].value, answers[i].err = l.ask(name)
			<-turns
		})
	}
	group.Wait()
	for i, name := range names {
		l.answers[name] = answers[i]
	}
}

// prefetch asks for all that the configuration names, all of it at once.
func (d *directory) prefetch(config Config) {
	var roleNames, policies []string
	for _, key := range config.RoleNames() {
		roleNames = append(roleNames, config.NamePrefix+key)
		for _, one := range d.managed(config.Roles[key], config.Account) {
			policies = append(policies, one.arn)
		}
	}
	for _, group := range config.GroupNames() {
		policies = append(policies, config.policyARN(group))
	}
	var group sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	group.Go(func() { d.groups.prefetch(config.GroupNames(), turns) })
	group.Go(func() { d.users.prefetch(config.UserNames(), turns) })
	group.Go(func() { d.policies.prefetch(distinct(policies), turns) })
	group.Go(func() { d.roles.prefetch(d.withoutAbsent(roleNames, config.NamePrefix), turns) })
	group.Wait()
}

// withoutAbsent are those of the names that have to be asked for; of the others it is
// known that there is no such role. Of a few, all are asked for at once, which no
// list of all roles is quicker than.
func (d *directory) withoutAbsent(names []string, prefix string) []string {
	if d.source.RoleNames == nil || d.source.Role == nil || len(names) <= atOnce {
		return names
	}
	there, err := d.source.RoleNames("(?i)^" + regexp.QuoteMeta(prefix)) // IAM's names differ in more than case
	if err != nil {
		return names
	}
	for i, name := range there {
		there[i] = strings.ToLower(name)
	}
	slices.Sort(there)
	var asked []string
	for _, name := range names {
		if _, exists := slices.BinarySearch(there, strings.ToLower(name)); exists {
			asked = append(asked, name)
		} else {
			d.roles.answers[name] = answer[Existing]{err: fmt.Errorf("role %s: %w", name, ErrNotThere)}
		}
	}
	return asked
}

// memberARNs are the users of the groups asked for so far.
func (d *directory) memberARNs() map[string][]string {
	arns := map[string][]string{}
	for group, known := range d.groups.answers {
		if known.err == nil {
			arns[group] = nil
		}
		for _, user := range known.value {
			arns[group] = append(arns[group], user.ARN)
		}
	}
	return arns
}

// documents are those of the customer managed policies asked for so far, by ARN: one
// that denies without MFA would lock a role's session out. AWS's own do not.
func (d *directory) documents() map[string]policy.Document {
	documents := map[string]policy.Document{}
	for arn, known := range d.policies.answers {
		if known.err == nil && !policy.IsAWSManaged(arn) {
			documents[arn] = known.value.Document
		}
	}
	return documents
}

// managedPolicies finds the managed policies of a role that are not there.
func (d *directory) managedPolicies(key string, account policy.Account, role Role) []Problem {
	if d.source.Policy == nil {
		return nil
	}
	var problems []Problem
	for _, one := range d.managed(role, account) {
		if _, err := d.policies.get(one.arn); err != nil {
			problem := missing(key+"."+one.key, "managed policy", one.given, "iam:GetPolicy and iam:GetPolicyVersion", err)
			if nearest := nearestAWSManaged(account, one.given); nearest != "" && errors.Is(err, ErrNotThere) {
				problem.Remedy = fmt.Sprintf("did you mean %s? %s", nearest, problem.Remedy)
			}
			problems = append(problems, problem)
		}
	}
	return problems
}

// nearestAWSManaged is the name of an AWS managed policy that may be meant. Few of them
// are known: the nearest may give access to another service.
func nearestAWSManaged(account policy.Account, given string) string {
	var names []string
	for _, known := range policy.AWSManagedPolicies(account.Partition) {
		names = append(names, known.Name)
	}
	return spelling.Nearest(given, slices.Values(names))
}

// managed is a managed policy of a role as it is given, and where.
type managed struct{ key, given, arn string }

// managed are those of a role that must exist, and may not. What is wrong with an ARN,
// or is the stack's own, is reported with the documents.
func (d *directory) managed(role Role, account policy.Account) []managed {
	var all []managed
	for _, given := range role.ManagedPolicies {
		all = append(all, managed{"policies", given, ""})
	}
	if role.PermissionsBoundary != "" {
		all = append(all, managed{"permissionsBoundary", role.PermissionsBoundary, ""})
	}
	for i := range all {
		all[i].arn, _ = policy.ManagedPolicyARN(account.Partition, all[i].given)
	}
	return slices.DeleteFunc(all, func(m managed) bool { return m.arn == "" || d.own.has(m.arn) || d.known[m.arn] })
}

// trusted are the users that a role trusts: those it names, or else the
// members of its groups. Problems name the group or user that is missing.
func (d *directory) trusted(key string, role Role) ([]User, []Problem) {
	members, problems := d.members(key, role.Groups)
	if role.Users == nil {
		return members, problems
	}
	groupsKnown := len(problems) == 0
	var trusted []User
	for _, name := range role.Users {
		userKey := key + ".users"
		user, err := d.users.get(name)
		switch {
		case err != nil:
			problems = append(problems, missing(userKey, "user", name, "iam:GetUser", err))
		case groupsKnown && !slices.Contains(members, user):
			problems = append(problems, Problem{
				Key: userKey, Value: name,
				Rule:   "the user is in none of the role's groups, so the deny without MFA does not reach them",
				Remedy: "add them to a group of this role, or remove them here",
			})
		default:
			trusted = append(trusted, user)
		}
	}
	return trusted, problems
}

func (d *directory) members(key string, groups []string) ([]User, []Problem) {
	var members []User
	var problems []Problem
	for _, name := range groups {
		group, err := d.groups.get(name)
		if err != nil {
			problems = append(problems, missing(key+".groups", "group", name, "iam:GetGroup", err))
		}
		for _, user := range group {
			if !slices.Contains(members, user) {
				members = append(members, user)
			}
		}
	}
	return members, problems
}

// missing is the problem of what was not found, or, where nobody knows, could not be
// asked for.
func missing(key, kind, name, permissions string, err error) Problem {
	if !errors.Is(err, ErrNotThere) {
		return unread(key, name, "this "+kind, permissions, err)
	}
	return Problem{
		Key: key, Value: name, Rule: fmt.Sprintf("there is no such %s in the account", kind),
		Remedy: fmt.Sprintf("create the %s or correct the name", kind),
	}
}

// oneLine is the text of an error whose parts Pulumi puts on lines of their own.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
