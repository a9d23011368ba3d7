package stack

import "github.com/aws-cli-mfa/aws-cli-mfa/policy"

// standInAccount is an account number of AWS's documentation.
const standInAccount = "111122223333"

// ResolveOffline is what [Deploy] would deploy to an account that has the
// groups and users which the configuration names, all without a path, and in
// each group for which no role names users two members that stand for all. No
// account is asked; customer managed policies are therefore not judged. The
// error is a [*ConfigError].
func ResolveOffline(config Config, region string) (Resolved, error) {
	return ResolveOfflineWith(config, region, nil)
}

// ResolveOfflineWith is [ResolveOffline] with the names of the members of those
// groups for which no role names users, instead of the two that stand for all.
func ResolveOfflineWith(config Config, region string, members map[string][]string) (Resolved, error) {
	account := policy.Account{Partition: policy.PartitionOfRegion(region), ID: standInAccount}
	return resolve(config, account, newDirectory(standIns(account, config, members)), nil)
}

func standIns(account policy.Account, config Config, others map[string][]string) source {
	user := func(name string) member { return member{name: name, arn: account.UserARN("/", name)} }
	return source{
		user: func(name string) (member, error) { return user(name), nil },
		group: func(group string) ([]member, error) {
			names := []string{"a-member", "another-member"}
			if others[group] != nil {
				names = others[group]
			}
			if named := config.UsersOf(group); len(named) > 0 {
				names = named
			}
			members := make([]member, 0, len(names))
			for _, name := range names {
				members = append(members, user(name))
			}
			return members, nil
		},
		managedPolicy: func(string) (policy.Document, bool, error) { return policy.Document{}, false, nil },
	}
}
