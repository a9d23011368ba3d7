package account

// A permissions boundary is a managed policy that limits a user or a role.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html

// bounded is an object that may have a permissions boundary.
type bounded interface{ boundary() *string }

func (u *user) boundary() *string { return &u.PermissionsBoundary }
func (r *role) boundary() *string { return &r.PermissionsBoundary }

// checkNewBoundary is for a user or role that is created: it may have none.
func (a *Account) checkNewBoundary(policyARN string) error {
	if policyARN == "" {
		return nil
	}
	return a.checkAttachable("permissionsBoundary", policyARN)
}

func putBoundary[T bounded](a *Account, find func(*Account, string) (T, error), name, policyARN string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	object, err := find(a, name)
	if err != nil {
		return err
	}
	if err := a.checkAttachable("permissionsBoundary", policyARN); err != nil {
		return err
	}
	*object.boundary() = policyARN
	return nil
}

func deleteBoundary[T bounded](a *Account, find func(*Account, string) (T, error), name string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	object, err := find(a, name)
	if err != nil {
		return err
	}
	if *object.boundary() == "" {
		return noSuchEntity("%s does not have a permissions boundary.", name)
	}
	*object.boundary() = ""
	return nil
}
