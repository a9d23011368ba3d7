package account

// A permissions boundary is a managed policy that limits a user or a role.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html

// checkNewBoundary is for a user or role that is created: it may have none.
func (a *Account) checkNewBoundary(policyARN string) error {
	if policyARN == "" {
		return nil
	}
	return a.checkAttachable("permissionsBoundary", policyARN)
}

func (a *Account) putBoundary(boundary *string, policyARN string) error {
	if err := a.checkAttachable("permissionsBoundary", policyARN); err != nil {
		return err
	}
	*boundary = policyARN
	return nil
}
