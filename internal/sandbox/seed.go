package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

const (
	// accountID is one of the account numbers that AWS's documentation uses.
	accountID = "111122223333"
	// administrator is who deploys: the provider signs with this user's key.
	administrator = "sandbox-administrator"
	// outsider is in no group, and is trusted by no role unless a stack says so.
	outsider = "mallory"
	// before is the AWS managed policy that people have had without a second
	// factor until now.
	before = "PowerUserAccess"
)

// defaultMembers fill a group for which the stack names no users.
func defaultMembers() []string { return []string{"alice", "bob"} }

// openAccount loads the account that an earlier run left at path, or makes one.
// An account is of one partition for good, as all its ARNs are.
func openAccount(path, partition string) (*account.Account, error) {
	existing, err := account.Load(path)
	if errors.Is(err, os.ErrNotExist) {
		return account.New(accountID, partition), nil
	}
	if err != nil {
		return nil, err
	}
	if existing.Partition() != partition {
		return nil, fmt.Errorf("the sandbox account in %s is in partition %s, and the stack's aws:region is in %s: "+
			"give this stack a sandbox of its own with --dir", path, existing.Partition(), partition)
	}
	return existing, nil
}

// seed adds the users and groups that the stack's configuration names, and the
// administrator. Groups and the outsider may do what PowerUserAccess says, as
// people could before there was this stack; everybody has an access key and, but for
// the newcomer, an MFA device. It touches only what is new: a membership or a user that someone
// changed with the AWS CLI stays as they left it.
func seed(a *account.Account, config stack.Config) error {
	members := wantedMembers(config)
	newUsers, err := createUsers(a, wantedUsers(members))
	if err != nil {
		return err
	}
	for _, group := range slices.Sorted(maps.Keys(members)) {
		if err := seedGroup(a, group, members[group], newUsers); err != nil {
			return err
		}
	}
	if newUsers[outsider] {
		if err := a.AttachUserPolicy(outsider, awsManaged(a, before)); err != nil {
			return fmt.Errorf("seed the sandbox with what %s may do: %w", outsider, err)
		}
	}
	for user := range newUsers {
		if err := equip(a, user, user == newcomer(config)); err != nil {
			return fmt.Errorf("seed the sandbox: %w", err)
		}
	}
	return seedAdministrator(a)
}

// seedGroup adds a group, and the members that are new with it.
func seedGroup(a *account.Account, group string, members []string, newUsers map[string]bool) error {
	newGroup, err := created(a.CreateGroup(group, ""))
	if err != nil {
		return fmt.Errorf("seed the sandbox with group %s: %w", group, err)
	}
	if newGroup {
		if err := a.AttachGroupPolicy(group, awsManaged(a, before)); err != nil {
			return fmt.Errorf("seed the sandbox with what group %s may do: %w", group, err)
		}
	}
	for _, user := range members {
		if !newGroup && !newUsers[user] {
			continue
		}
		if err := a.AddUserToGroup(group, user); err != nil {
			return fmt.Errorf("seed the sandbox with %s in group %s: %w", user, group, err)
		}
	}
	return nil
}

// equip gives a user what they lack of an access key and an MFA device, which a
// newcomer enrols.
func equip(a *account.Account, user string, isNewcomer bool) error {
	if _, err := story.AccessKey(a, user); err != nil || isNewcomer {
		return err
	}
	_, err := story.MFADevice(a, user)
	return err
}

func awsManaged(a *account.Account, name string) string {
	return "arn:" + a.Partition() + ":iam::aws:policy/" + name
}

// wantedMembers maps each group of the configuration to its users: those whom
// its roles name, or the default ones.
func wantedMembers(config stack.Config) map[string][]string {
	members := map[string][]string{}
	for _, group := range config.GroupNames() {
		members[group] = config.UsersOf(group)
		if len(members[group]) == 0 {
			members[group] = defaultMembers()
		}
	}
	return members
}

// newcomer is the member who has no MFA device yet, so that enrolment can be rehearsed:
// the last of those who fill a group for which the stack names no users, if it names
// them nowhere else.
func newcomer(config stack.Config) string {
	members := defaultMembers()
	last, fills := members[len(members)-1], false
	for _, group := range config.GroupNames() {
		users := config.UsersOf(group)
		if slices.Contains(users, last) {
			return ""
		}
		fills = fills || len(users) == 0
	}
	if !fills {
		return ""
	}
	return last
}

// wantedUsers are the members of all groups and the outsider.
func wantedUsers(members map[string][]string) []string {
	users := slices.Concat(slices.Collect(maps.Values(members))...)
	users = append(users, outsider)
	slices.Sort(users)
	return slices.Compact(users)
}

// createUsers creates those users that are not there, and tells of all whether
// they are new.
func createUsers(a *account.Account, names []string) (map[string]bool, error) {
	isNew := map[string]bool{}
	for _, name := range names {
		ok, err := created(a.CreateUser(account.CreateUserInput{UserName: name}))
		if err != nil {
			return nil, fmt.Errorf("seed the sandbox with user %s: %w", name, err)
		}
		isNew[name] = ok
	}
	return isNew, nil
}

func seedAdministrator(a *account.Account) error {
	if _, err := createUsers(a, []string{administrator}); err != nil {
		return err
	}
	if err := a.AttachUserPolicy(administrator, awsManaged(a, "AdministratorAccess")); err != nil {
		return fmt.Errorf("seed the sandbox's administrator: %w", err)
	}
	return nil
}

// created reports whether a Create call made something new; that it exists
// already is no error.
func created[T any](_ T, err error) (bool, error) {
	if failure, ok := errors.AsType[*account.Error](err); ok && failure.Code == "EntityAlreadyExists" {
		return false, nil
	}
	return err == nil, err
}
