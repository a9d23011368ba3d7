package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/deployed"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/identity"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
)

// Options are the options of [Run].
type Options struct {
	// IAM is best made with [Pace].
	IAM *iam.Client
	// STS is asked, before anything else, which account this is.
	STS     identity.API
	Subject Subject
	Now     func() time.Time
	// Progress, if there is one, is told how many users there are before they
	// are read: step is called for each, from several goroutines, and done in
	// the end.
	Progress func(users int) (step, done func())
}

// Run reads the facts about the subject and judges them. A permission that is
// missing is a finding, not an error. The error is about a subject without
// groups, credentials of a wrong account or a group that the account has not, or
// is what the API said or that of ctx.
func Run(ctx context.Context, options Options) (Report, error) {
	if len(options.Subject.Groups) == 0 { // that nobody would be locked out would be said of nobody
		return Report{}, errors.New("there are no groups to audit: nobody would be looked at")
	}
	facts, err := read(ctx, options)
	if err != nil {
		return Report{}, err
	}
	return reportOf(options.Subject, facts, options.Now()), nil
}

// parallel is how many calls are under way at once: enough to fill [DefaultRate]
// when each takes a quarter of a second, and fewer than the connections that the
// SDK keeps open.
const parallel = 8

// mostItems is the largest page of IAM's lists.
const mostItems = 1000

// reader reads from several goroutines at once.
type reader struct {
	api *iam.Client

	mu      sync.Mutex
	members map[string]*userFacts
	found   accountFacts
	unread  map[string]*Unread // by permission
}

func read(ctx context.Context, options Options) (accountFacts, error) {
	caller, err := identity.WhoAmI(ctx, options.STS)
	if err != nil {
		return accountFacts{}, err
	}
	if err := options.Subject.checkCaller(caller); err != nil {
		return accountFacts{}, err
	}
	r := &reader{api: options.IAM, members: map[string]*userFacts{}, unread: map[string]*Unread{}}
	r.found.Account = caller.Account
	if err := r.surroundings(ctx, options.Subject); err != nil {
		return accountFacts{}, err
	}
	if err := r.namesTaken(ctx, options.Subject); err != nil {
		return accountFacts{}, err
	}
	if err := r.elsewhere(ctx, options.Subject); err != nil {
		return accountFacts{}, err
	}
	if err := r.users(ctx, options.Progress); err != nil {
		return accountFacts{}, err
	}
	return r.facts(), nil
}

// facts are what was found, in an order that no goroutine decides.
func (r *reader) facts() accountFacts {
	for _, name := range slices.Sorted(maps.Keys(r.members)) {
		user := *r.members[name]
		slices.Sort(user.Groups)
		sort.Slice(user.Elsewhere, func(i, j int) bool {
			a, b := user.Elsewhere[i], user.Elsewhere[j]
			return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Owner, b.Owner)) < 0
		})
		r.found.Users = append(r.found.Users, user)
	}
	for _, permission := range slices.Sorted(maps.Keys(r.unread)) {
		missing := *r.unread[permission]
		slices.Sort(missing.Objects)
		r.found.Unread = append(r.found.Unread, missing)
	}
	groups, roles := r.found.Groups, r.found.Roles
	sort.Slice(groups, func(i, j int) bool { return groups[i].Name < groups[j].Name })
	sort.Slice(roles, func(i, j int) bool { return roles[i].Name < roles[j].Name })
	return r.found
}

func (r *reader) surroundings(ctx context.Context, subject Subject) error {
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(parallel)
	for _, group := range subject.Groups {
		calls.Go(func() error { return r.group(ctx, group) })
	}
	for _, role := range subject.Roles {
		calls.Go(func() error { return r.role(ctx, role.Name) })
	}
	calls.Go(func() error { return r.halfMade(ctx) })
	return calls.Wait()
}

func (r *reader) users(ctx context.Context, progress func(int) (step, done func())) error {
	step, done := func() {}, func() {}
	if progress != nil {
		step, done = progress(len(r.members))
	}
	defer done()
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(parallel)
	for _, user := range r.members {
		calls.Go(func() error {
			defer step()
			return r.user(ctx, user)
		})
	}
	return calls.Wait()
}

func (r *reader) user(ctx context.Context, user *userFacts) error {
	devices, err := mfadevice.List(ctx, r.api, user.Name)
	switch {
	case awserror.IsNotFound(err):
		user.Deleted = true
		return nil
	case err != nil:
		user.DevicesUnread = true
		if err := r.orUnread("iam:ListMFADevices", "the MFA devices of a member", user.Name, err); err != nil {
			return err
		}
	}
	user.Devices = devices
	return r.accessKeys(ctx, user)
}

func (r *reader) accessKeys(ctx context.Context, user *userFacts) error {
	found, err := deployed.All(ctx, iam.NewListAccessKeysPaginator(r.api, &iam.ListAccessKeysInput{UserName: &user.Name}),
		func(page *iam.ListAccessKeysOutput) []types.AccessKeyMetadata { return page.AccessKeyMetadata })
	switch {
	case awserror.IsNotFound(err):
		user.Deleted = true
		return nil
	case err != nil:
		user.KeysUnread = true
		return r.orUnread("iam:ListAccessKeys", "the access keys of a member", user.Name, err)
	}
	for _, metadata := range found {
		key, err := r.accessKey(ctx, user.Name, metadata)
		if err != nil {
			return err
		}
		user.AccessKeys = append(user.AccessKeys, key)
	}
	return nil
}

func (r *reader) accessKey(
	ctx context.Context, userName string, metadata types.AccessKeyMetadata,
) (AccessKeyReport, error) {
	key := AccessKeyReport{
		AccessKeyID: aws.ToString(metadata.AccessKeyId), Active: metadata.Status != types.StatusTypeInactive,
		CreateDate: aws.ToTime(metadata.CreateDate),
	}
	if !key.Active {
		return key, nil
	}
	out, err := r.api.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &key.AccessKeyID})
	if err != nil {
		key.UseUnread = true
		return key, r.orUnread("iam:GetAccessKeyLastUsed", "the last use of an access key",
			key.AccessKeyID+" of "+userName, err)
	}
	if used := out.AccessKeyLastUsed; used != nil && used.LastUsedDate != nil {
		key.LastUse = &LastUse{
			Date: *used.LastUsedDate, Service: aws.ToString(used.ServiceName), Region: aws.ToString(used.Region),
		}
	}
	return key, nil
}

// orUnread takes a permission that is missing for a fact, and gives any other
// error back.
func (r *reader) orUnread(permission, purpose, object string, err error) error {
	if !awserror.IsDenied(err) {
		return fmt.Errorf("reading %s, %s (%s): %w", purpose, object, permission, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unread[permission] == nil {
		r.unread[permission] = &Unread{Permission: permission, Purpose: purpose}
	}
	r.unread[permission].Objects = append(r.unread[permission].Objects, object)
	return nil
}
