package stack

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

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
	// ManagedPolicy gives the document of a customer managed policy; nil leaves
	// them unread, and so unjudged.
	ManagedPolicy func(arn string) (policy.Document, error)
	// Trust gives the trust policy of a role; nil where nothing is deployed.
	Trust func(roleName string) (policy.Document, error)
	// Attachments gives those in the stack's own state; an error that wraps
	// [ErrNotThere] says that the stack has none yet.
	Attachments func() (Attachments, error)
}

// Attachments are what a stack attached a policy to.
type Attachments struct {
	// Groups and RoleNames are names in IAM.
	Groups, RoleNames []string
}

// directory answers for users, groups and policies, each asked for once.
type directory struct {
	source   Source
	groups   lookup[[]User]
	users    lookup[User]
	policies lookup[policy.Document]
	trusts   lookup[policy.Document]
}

func newDirectory(s Source) *directory {
	return &directory{s, newLookup(s.Group), newLookup(s.User), newLookup(s.ManagedPolicy), newLookup(s.Trust)}
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
func (l lookup[T]) prefetch(names []string) {
	if l.ask == nil {
		return
	}
	var group sync.WaitGroup
	answers, turns := make([]answer[T], len(names)), make(chan struct{}, atOnce)
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
func (d *directory) prefetch(config Config, own ownPolicies) {
	var roleNames, policies []string
	for _, key := range config.RoleNames() {
		roleNames = append(roleNames, config.NamePrefix+key)
		role := config.Roles[key]
		named := append(slices.Clip(role.ManagedPolicies), role.PermissionsBoundary)
		policies = append(policies, customerManaged(named, config.Account, own)...)
	}
	slices.Sort(policies)
	var group sync.WaitGroup
	group.Go(func() { d.groups.prefetch(config.GroupNames()) })
	group.Go(func() { d.users.prefetch(config.UserNames()) })
	group.Go(func() { d.policies.prefetch(slices.Compact(policies)) })
	group.Go(func() { d.trusts.prefetch(roleNames) })
	group.Wait()
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

// documents are those of the managed policies asked for so far, by ARN.
func (d *directory) documents() map[string]policy.Document {
	documents := map[string]policy.Document{}
	for arn, known := range d.policies.answers {
		if known.err == nil {
			documents[arn] = known.value
		}
	}
	return documents
}

// managedPolicies finds the customer managed policies of a role, one of them its
// boundary, that are not there.
func (d *directory) managedPolicies(key string, account policy.Account, own ownPolicies, named ...string) []Problem {
	if d.source.ManagedPolicy == nil {
		return nil
	}
	var problems []Problem
	for _, arn := range customerManaged(named, account, own) {
		if _, err := d.policies.get(arn); err != nil {
			problems = append(problems, missing(key, "managed policy", arn, err))
		}
	}
	return problems
}

// customerManaged are the customer managed policies among those of a role, which are
// looked at: one that denies without MFA would lock its session out. AWS's own do not.
func customerManaged(named []string, account policy.Account, own ownPolicies) []string {
	var arns []string
	for _, arn := range named {
		parsed, err := policy.ParseIAMARN(arn)
		if err != nil || parsed.Kind != "policy" || parsed.Account == "aws" ||
			parsed.Partition != account.Partition || own.has(arn) {
			continue // the name of one of AWS's, or reported with the documents
		}
		arns = append(arns, arn)
	}
	return arns
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
			problems = append(problems, missing(userKey, "user", name, err))
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
			problems = append(problems, missing(key+".groups", "group", name, err))
		}
		for _, user := range group {
			if !slices.Contains(members, user) {
				members = append(members, user)
			}
		}
	}
	return members, problems
}

func missing(key, kind, name string, err error) Problem {
	return Problem{
		Key: key, Value: name,
		Rule:   fmt.Sprintf("no such %s could be read from the account (%s)", kind, oneLine(err)),
		Remedy: fmt.Sprintf("create the %s or correct the name", kind),
	}
}

// oneLine is the text of an error whose parts Pulumi puts on lines of their own.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
