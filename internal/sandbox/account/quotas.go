package account

// quota is one of IAM's limits, by the name that LimitExceeded gives it.
type quota struct {
	name  string
	limit int
}

// The default quotas of an account, from
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
var (
	usersPerAccount    = quota{"UsersPerAccount", 5000}
	groupsPerAccount   = quota{"GroupsPerAccount", 300}
	rolesPerAccount    = quota{"RolesPerAccount", 1000}
	policiesPerAccount = quota{"PoliciesPerAccount", 1500}
	groupsPerUser      = quota{"GroupsPerUser", 10}
	accessKeysPerUser  = quota{"AccessKeysPerUser", 2}
	policiesPerUser    = quota{"PoliciesPerUser", 10}
	policiesPerGroup   = quota{"PoliciesPerGroup", 10}
	policiesPerRole    = quota{"PoliciesPerRole", 10}
	versionsPerPolicy  = quota{"VersionsPerPolicy", 5}
	tagsPerResource    = quota{"TagsPerResource", 50}

	mfaDevicesPerUser = quota{"MFADevicesPerUser", 8}
	// An account has as many virtual devices as users.
	mfaDevicesPerAccount = quota{"VirtualMFADevicesPerAccount", usersPerAccount.limit}
)
