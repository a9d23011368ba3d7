package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	smithytime "github.com/aws/smithy-go/time"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// use lets people in: first those of the rehearsal, then whoever is served.
func (c *cloud) use(
	ctx context.Context, opts Options, config stack.Config, client stack.ClientConfig, found <-chan foundClient,
) error {
	if opts.Mode != Up && !opts.Serve && opts.Shell == nil {
		return nil
	}
	people, err := c.settle(opts, config, client)
	if err != nil {
		return err
	}
	if opts.rehearses() {
		if err := c.rehearse(ctx, opts, config, client, people, found); err != nil {
			return fmt.Errorf("the rehearsal: %w", err)
		}
	}
	switch {
	case opts.Shell != nil:
		return c.shell(ctx, opts, people)
	case opts.Serve:
		return c.serve(ctx, opts, config, people)
	default:
		return nil
	}
}

func (o Options) rehearses() bool { return o.Mode == Up && !o.NoStory }

// rehearse tells the story of the stack's first profile.
func (c *cloud) rehearse(
	ctx context.Context, opts Options, config stack.Config, client stack.ClientConfig, people []story.Person,
	found <-chan foundClient,
) error {
	out := opts.Stdout
	if opts.JSON {
		out = opts.Stderr
	}
	told, err := c.story(config, client.Profiles[0], people)
	if err != nil {
		return err
	}
	by := <-found
	if by.err != nil {
		return by.err
	}
	if by.notCLI != nil {
		note(opts.Stderr, "rehearsing with the AWS SDK: %v", by.notCLI)
	}
	told.Client, told.Notes, told.Pause = by.client, opts.Stderr, smithytime.SleepWithContext
	err = told.Tell(ctx, out)
	// A code is used up by a call that was then denied, too.
	return errors.Join(err, c.kept.Save())
}

// story has everybody in their place, but for the client.
func (c *cloud) story(config stack.Config, profile stack.Profile, people []story.Person) (*story.Story, error) {
	trusted := func(p story.Person) bool { return slices.Contains(profile.TrustedUsers, p.Name) }
	i := slices.IndexFunc(people, trusted)
	if i < 0 {
		return nil, fmt.Errorf("profile %s trusts nobody of the sandbox's people: it trusts %s",
			profile.Name, strings.Join(profile.TrustedUsers, ", "))
	}
	told := &story.Story{
		Codes: story.Codes{Account: c.account}, Profile: profile, Insider: people[i], Enforced: !config.WithoutDeny,
	}
	for _, person := range people {
		if !trusted(person) && (told.Outsider == nil || person.Name == outsider) {
			told.Outsider = &person
		}
	}
	var err error
	roleName := profile.RoleARN[strings.LastIndexByte(profile.RoleARN, '/')+1:]
	told.RoleListsBuckets, err = c.account.RoleAllows(roleName, "s3:ListAllMyBuckets")
	return told, err
}

// foundClient is the AWS CLI, or the AWS SDK where there is no CLI, and why.
type foundClient struct {
	client      story.Client
	notCLI, err error
}

// findClient looks for the client of a rehearsal while the stack is deployed: the
// AWS CLI takes as long to say its version as to play a scene.
func (c *cloud) findClient(ctx context.Context, opts Options) <-chan foundClient {
	found := make(chan foundClient, 1)
	if !opts.rehearses() {
		return found
	}
	go func() {
		home, err := filepath.Abs(filepath.Join(opts.peopleDir(), administrator))
		if err != nil {
			found <- foundClient{err: err}
			return
		}
		cli, err := story.FindAWSCLI(ctx, c.endpoint.URL(), story.Person{Name: administrator, Home: home})
		if errors.Is(err, story.ErrNoCLI) {
			found <- foundClient{client: story.NewSDK(c.endpoint.URL()), notCLI: err}
			return
		}
		found <- foundClient{client: cli, err: err}
	}()
	return found
}

// Codes are what the authenticator of a sandbox user shows: a code that has not been
// used, or the two that enable a device which is not yet. It reads the account of the
// state root as it is, also while a run serves it. The error wraps [os.ErrNotExist]
// when there is no account, [story.ErrNoDevice] or [story.ErrNoCode].
func Codes(dir, user string) ([]string, error) {
	path := filepath.Join(dir, "account.json")
	a, err := account.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no sandbox in %s yet, awsmfa sandbox makes it: %w", dir, err)
	}
	if err != nil {
		return nil, err
	}
	codes := story.Codes{Account: a}
	next, err := codes.Next(user)
	if !errors.Is(err, story.ErrNoDevice) {
		return []string{next}, err
	}
	first, second, err := codes.ToEnable(user)
	return []string{first, second}, err
}

// People are the users of the account of the state root, for completion: none
// if there is no account.
func People(dir string) []string {
	a, err := account.Load(filepath.Join(dir, "account.json"))
	if err != nil {
		return nil
	}
	names, err := userNames(a)
	if err != nil {
		return nil
	}
	return names
}

func userNames(a *account.Account) ([]string, error) {
	users, err := a.ListUsers("/")
	names := make([]string, 0, len(users))
	for _, user := range users {
		names = append(names, user.UserName)
	}
	return names, err
}
