package account

// quota is one of IAM's limits, by the name that LimitExceeded gives it.
type quota struct {
	name  string
	limit int
}

// The default quotas that a rehearsal can meet, from
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
var (
	groupsPerUser     = quota{"GroupsPerUser", 10}
	accessKeysPerUser = quota{"AccessKeysPerUser", 2}
	policiesPerUser   = quota{"PoliciesPerUser", 10}
	policiesPerGroup  = quota{"PoliciesPerGroup", 10}
	policiesPerRole   = quota{"PoliciesPerRole", 10}
	versionsPerPolicy = quota{"VersionsPerPolicy", 5}
	tagsPerResource   = quota{"TagsPerResource", 50}
	mfaDevicesPerUser = quota{"MFADevicesPerUser", 8}
)
