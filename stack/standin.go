package stack

import "github.com/aws-cli-mfa/aws-cli-mfa/policy"

// standInAccount is an account number of AWS's documentation.
const standInAccount = "111122223333"

// ResolveOffline plans a configuration for an account that has the groups and
// users which it names, all without a path. members are the names of the members
// of those groups for which no role names users; a group that is missing there
// has two members that stand for all. No account is asked; customer managed
// policies are therefore not judged. The error is a [*ConfigError].
func ResolveOffline(config Config, region string, members map[string][]string) (Plan, error) {
	account := policy.Account{Partition: policy.PartitionOfRegion(region), ID: standInAccount}
	return Resolve(config, account, standIns(account, config, members), nil)
}

func standIns(account policy.Account, config Config, others map[string][]string) Source {
	user := func(name string) User { return User{Name: name, ARN: account.UserARN("/", name)} }
	return Source{
		User: func(name string) (User, error) { return user(name), nil },
		Group: func(group string) ([]User, error) {
			names := []string{"a-member", "another-member"}
			if others[group] != nil {
				names = others[group]
			}
			if named := config.UsersOf(group); len(named) > 0 {
				names = named
			}
			members := make([]User, 0, len(names))
			for _, name := range names {
				members = append(members, user(name))
			}
			return members, nil
		},
	}
}
