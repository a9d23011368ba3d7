package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/atomicfile"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/output"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/project"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/provider"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// defaultRegion is used when the stack has no aws:region. IAM is global: the
// region decides the partition and what the outputs say, nothing else.
const defaultRegion = "us-east-1"

// cloud is the local AWS with the provider that deploys to it.
type cloud struct {
	account  *account.Account
	kept     *account.File
	region   string
	endpoint *endpoint.Server
	provider *provider.Server
}

// startCloud brings the account up as the last run left it, with everything
// seeded that the stack's configuration needs.
//
// The servers outlive ctx: when a run is interrupted, the engine still has to
// finish the calls it has begun. The caller closes them.
func startCloud(ctx context.Context, opts Options, config project.Stack) (*cloud, error) {
	ctx = context.WithoutCancel(ctx)
	region := cmp.Or(config.Region, defaultRegion)
	atomicfile.RemoveUnfinished(opts.accountFile())
	acct, err := openAccount(opts.accountFile(), policy.PartitionOfRegion(region))
	if err != nil {
		return nil, err
	}
	if err := seed(acct, config.Config); err != nil {
		return nil, err
	}
	key, err := story.AccessKey(acct, administrator)
	if err != nil {
		return nil, err
	}
	kept, err := account.Keep(acct, opts.accountFile())
	if err != nil {
		return nil, err
	}
	server, err := endpoint.Start(ctx, endpoint.Options{Account: acct, Port: opts.Port, OnChange: kept.Save})
	if err != nil {
		return nil, err
	}
	plugin, err := provider.Serve(ctx, provider.Options{Config: aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(server.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""),
	}})
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return &cloud{account: acct, kept: kept, region: region, endpoint: server, provider: plugin}, nil
}

// settle gives everybody whom the stack's configuration names a home, and the
// administrator.
func (c *cloud) settle(opts Options, config stack.Config, client stack.ClientConfig) ([]story.Person, error) {
	client.Region = c.region
	homes := story.Homes{
		Dir: opts.peopleDir(), Endpoint: c.endpoint.URL(), Account: c.account, Client: client, Newcomer: newcomer(config),
	}
	users := append(wantedUsers(wantedMembers(config)), administrator)
	if opts.Shell != nil && !slices.Contains(users, opts.Shell.User) {
		users = append(users, opts.Shell.User)
	}
	var people []story.Person
	for _, user := range users {
		person, err := homes.Settle(user)
		if err != nil {
			return nil, err
		}
		people = append(people, person)
	}
	if err := c.kept.Save(); err != nil {
		return nil, err
	}
	return people, nil
}

// serve prints how the AWS CLI uses the endpoint, as one of the sandbox's users,
// and keeps it up until ctx ends.
func (c *cloud) serve(ctx context.Context, opts Options, config stack.Config, people []story.Person) error {
	person := named(people, servedUser(config))
	if err := printExports(opts, c.endpoint.URL(), person, c.warning(ctx, person)); err != nil {
		return err
	}
	note(opts.Stderr, "serving the sandbox's AWS at %s until interrupted", c.endpoint.URL())
	<-ctx.Done()
	note(opts.Stderr, "stopped; the account is kept in %s", opts.accountFile())
	return nil
}

// shell lets the user of the shell in, until they leave.
func (c *cloud) shell(ctx context.Context, opts Options, people []story.Person) error {
	person := named(people, opts.Shell.User)
	note(opts.Stderr, "a shell of the sandbox's user %s; the code for a prompt: awsmfa sandbox code %[1]s%s",
		person.Name, opts.Flags)
	if devices, err := c.account.ListMFADevices(person.Name); err == nil && len(devices) == 0 {
		note(opts.Stderr, "%s has no MFA device yet: awsmfa enrol, whose codes are the two that awsmfa sandbox code prints, "+
			"then awsmfa onboard --outputs %s", person.Name, output.ShellWord(opts.outputsFile()))
	}
	if warning := c.warning(ctx, person); warning != "" {
		note(opts.Stderr, "%s", warning)
	}
	err := opts.Shell.Run(ctx, story.Environment(opts.Shell.Environ, person, c.endpoint.URL()))
	note(opts.Stderr, "left; the account is kept in %s", opts.accountFile())
	return err
}

// warning is about an aws on PATH that knows nothing of the endpoint.
func (c *cloud) warning(ctx context.Context, person story.Person) string {
	_, err := story.FindAWSCLI(ctx, c.endpoint.URL(), person)
	if old, ok := errors.AsType[*story.OldCLIError](err); ok {
		return fmt.Sprintf("Do not use the aws on PATH here, it would send keys and codes to the real AWS: %v.", old)
	}
	return ""
}

// requireUser refuses a user whom the account does not have.
func (c *cloud) requireUser(name string) error {
	users, err := userNames(c.account)
	if err != nil || slices.Contains(users, name) {
		return err
	}
	return fmt.Errorf("%w %q: the sandbox has %s", ErrNoUser, name, strings.Join(users, ", "))
}

// named is the one of that name among people who have been settled.
func named(people []story.Person, name string) story.Person {
	return people[slices.IndexFunc(people, func(p story.Person) bool { return p.Name == name })]
}

// servedUser is alice when she is a member of a group, else the first member of
// any by name. Every role has a group, and every group a member.
func servedUser(config stack.Config) string {
	users := slices.Concat(slices.Collect(maps.Values(wantedMembers(config)))...)
	if first := defaultMembers()[0]; slices.Contains(users, first) {
		return first
	}
	return slices.Min(users)
}
